// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "cubestream/access_unit.hpp"
#include "cubestream/frame.hpp"
#include "encode/encoder_table.hpp"
#include "gst/pipeline.hpp"

namespace cs {

/// One running encoder: `appsrc ! videoconvert ! encoder ! appsink` and the pictures' memory. It holds at most one
/// picture that waits; while one does, acquire() says no, so a slow encoder costs pictures and never latency.
/// Built and destroyed on the main thread; acquire() and push() on the render thread.
class Encoder {
 public:
  /// `on_error` is called on the main thread, possibly several times, and may destroy the encoder. Throws Fatal.
  Encoder(const EncoderRow& row, const Stream& stream, AccessUnitOutput output,
          std::function<void(const std::string& what)> on_error);
  ~Encoder();

  /// Null: a picture waits already, or none of the memory has come home.
  [[nodiscard]] std::unique_ptr<FrameMemory> acquire();

  /// Takes the picture; as a keyframe if so wanted. False: this encoder takes no pictures any more (it is flushing, at
  /// its end, or in error).
  [[nodiscard]] bool push(Frame frame, bool keyframe);

  /// The GStreamer elements, for tests that break them. Main thread only.
  [[nodiscard]] GstElement* pipeline() const { return pipeline_.get(); }

 private:
  const AccessUnitOutput output_;
  Ref<GstBufferPool> pool_;
  Pipeline pipeline_;
  GstElement* source_;   // owned by the pipeline
  GstElement* encoder_;  // owned by the pipeline
};

}  // namespace cs
