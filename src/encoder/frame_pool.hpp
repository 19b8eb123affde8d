// SPDX-License-Identifier: MIT
#pragma once

#include <memory>

#include "cubestream/frame.hpp"
#include "cubestream/frame_format.hpp"
#include "gst/ref.hpp"

namespace cs {

/// Pool of frame memory: as many frames as all encoders together can hold, plus one to draw into. Allocates on demand
/// and reuses memory. One thread at a time; acquire(): any thread.
class FramePool {
 public:
  /// Throws StartupError if GStreamer cannot create the pool.
  FramePool(const FrameFormat& format, unsigned encoders, PixelFormat pixels = PixelFormat::i420);
  ~FramePool();
  FramePool(const FramePool&) = delete;
  FramePool& operator=(const FramePool&) = delete;

  /// Null if all frames are in use. Never blocks.
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire();

  /// Frees the memory that is not in use. Main thread.
  void trim();

 private:
  const Size size_;
  Ref<GstBufferPool> pool_;
};

/// Turns a frame from a pool into a buffer with its capture time as PTS. The memory is not writable any more.
[[nodiscard]] Ref<GstBuffer> take_buffer(Frame frame);

/// Caps of such frames. I420 caps name BT.601: H.264 encoders signal it to decoders, VP8 implies it.
[[nodiscard]] Ref<GstCaps> frame_caps(const FrameFormat& format, PixelFormat pixels = PixelFormat::i420);

}  // namespace cs
