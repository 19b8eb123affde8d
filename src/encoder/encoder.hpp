// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <string>

#include "cubestream/access_unit.hpp"
#include "encoder/encoder_table.hpp"
#include "gst/pipeline.hpp"

namespace cs {

/// One running encoder: `appsrc ! encoder ! appsink`, fed with I420. Adds videoconvert before an encoder that does not
/// take I420, and h264parse after a hardware encoder. At most one frame waits in it, so a slow encoder drops frames but
/// adds no latency. Built and destroyed on the main thread; has_room() and push(): render thread.
class Encoder {
 public:
  /// Data of the streaming thread.
  struct Output {
    Codec codec;
    AccessUnitOutput take;
  };

  /// `on_error` is called on the main thread, possibly several times, and may destroy the encoder. Throws StartupError.
  Encoder(const EncoderRow& row, const Stream& stream, AccessUnitOutput output,
          std::function<void(const std::string& what)> on_error);
  /// False: a frame is already waiting.
  [[nodiscard]] bool has_room() const;

  /// Encodes the frame, as a keyframe if `keyframe`. The frame must not be modified any more; other encoders may read
  /// it. False: the encoder accepts no more frames (it is flushing, at end of stream, or in error).
  [[nodiscard]] bool push(GstBuffer* frame, bool keyframe);

  /// Sets the bit rate of the following frames. Any thread.
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
