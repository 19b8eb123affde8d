// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "gst/ref.hpp"

namespace cs {

/// Memory for pictures, as many as all encoders together can hold and one more to draw into; allocated as it is
/// needed, reused, and freed at the end. Built and destroyed on the main thread; any thread may acquire.
class FramePool {
 public:
  /// Throws StartupError when GStreamer makes no pool.
  FramePool(const FrameFormat& format, unsigned encoders, PixelFormat pixels = PixelFormat::i420);
  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  /// Null: none has come home. Never blocks.
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire();

  /// Frees what is at home. Main thread.
  void trim();

 private:
  const Size size_;
  Ref<GstBufferPool> pool_;
};

/// The buffer around a picture that came from a pool, with its time on it; the memory is not written any more.
[[nodiscard]] Ref<GstBuffer> take_buffer(Frame frame);

/// Caps of such pictures. Those of I420 name BT.601, which H.264 then tells its decoders and VP8 takes for granted.
[[nodiscard]] Ref<GstCaps> frame_caps(const FrameFormat& format, PixelFormat pixels = PixelFormat::i420);

}  // namespace cs
