// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "cubestream/access_unit.hpp"
#include "encoder/encoder_table.hpp"
#include "gst/pipeline.hpp"

namespace cs {

/// One running encoder: `appsrc ! encoder ! appsink`, fed with I420; with videoconvert before an encoder that takes
/// none of that, and h264parse behind one of hardware. It holds at most one picture that waits; while one does, it has
/// no room, so a slow encoder costs pictures and never latency. Built and destroyed on the main thread; has_room() and
/// push() on the render thread.
class Encoder {
 public:
  /// What the streaming thread knows.
  struct Output {
    Codec codec;
    AccessUnitOutput take;
  };

  /// `on_error` is called on the main thread, possibly several times, and may destroy the encoder. Throws StartupError.
  Encoder(const EncoderRow& row, const Stream& stream, AccessUnitOutput output,
          std::function<void(const std::string& what)> on_error);
  /// False: a picture waits already.
  [[nodiscard]] bool has_room() const;

  /// Takes the picture, which nobody writes to any more and other encoders may read; as a keyframe if so wanted. False:
  /// this encoder takes no pictures any more (it is flushing, at its end, or in error).
  [[nodiscard]] bool push(GstBuffer* picture, bool keyframe);

  /// For the pictures from now on. Any thread.
  void set_bitrate(int kbps) const { controls_.set_bitrate(encoder_, kbps); }

  /// The GStreamer elements, for tests that break them. Main thread only.
  [[nodiscard]] GstElement* pipeline() const { return pipeline_.get(); }

 private:
  void connect(const EncoderRow& row, GstElement* sink);

  const Output output_;
  const EncoderControls controls_;
  Pipeline pipeline_;
  GstElement* source_;   // owned by the pipeline
  GstElement* encoder_;  // owned by the pipeline
};

}  // namespace cs
