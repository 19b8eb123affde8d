// SPDX-License-Identifier: MIT
#include "encoder/encoder.hpp"

#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <vector>

#include "base/error.hpp"
#include "cubestream/h264_level.hpp"
#include "encoder/annex_b.hpp"
#include "encoder/frame_pool.hpp"

namespace cs {
namespace {

/// An encoded buffer, mapped for reading for its lifetime.
struct MappedBuffer {
  MappedBuffer(GstBuffer* shared, Codec codec)
      : buffer(retain(shared)), is_mapped(gst_buffer_map(buffer.get(), &map, GST_MAP_READ) != FALSE) {
    parts = codec == Codec::h264 ? nal_units(data()) : std::vector{data()};
  }
  ~MappedBuffer() {
    if (is_mapped) gst_buffer_unmap(buffer.get(), &map);
  }
  MappedBuffer(const MappedBuffer&) = delete;
  MappedBuffer& operator=(const MappedBuffer&) = delete;

  [[nodiscard]] std::span<const std::byte> data() const { return std::as_bytes(std::span(map.data, map.size)); }

  Ref<GstBuffer> buffer;
  GstMapInfo map = GST_MAP_INFO_INIT;
  const bool is_mapped;  // false: the data is empty
  std::vector<std::span<const std::byte>> parts;
};

AccessUnit to_access_unit(GstSample* sample, Codec codec) {
  GstBuffer* buffer = gst_sample_get_buffer(sample);
  const auto mapped = std::make_shared<const MappedBuffer>(buffer, codec);
  // Encoders shift timestamps (x264enc by 1000 hours) together with the segment; the running time equals the input's.
  const auto running_time =
      gst_segment_to_running_time(gst_sample_get_segment(sample), GST_FORMAT_TIME, GST_BUFFER_PTS(buffer));
  return AccessUnit{.owner = mapped,
                    .data = mapped->data(),
                    .parts = mapped->parts,
                    // An encoder that loses a timestamp sends none; the current time is close enough.
                    .captured_at = GST_CLOCK_TIME_IS_VALID(running_time)
                                       ? TimePoint(std::chrono::nanoseconds(running_time))
                                       : Clock::now(),
                    .keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT)};
}

/// Runs on GStreamer's streaming thread, which ends before the encoder is destroyed.
GstFlowReturn on_sample(GstAppSink* sink, void* data) {
  const auto sample = adopt(gst_app_sink_pull_sample(sink));
  if (!sample) return GST_FLOW_EOS;
  const auto& output = *static_cast<const Encoder::Output*>(data);
  AccessUnit unit = to_access_unit(sample.get(), output.codec);
  if (unit.data.empty()) return GST_FLOW_ERROR;  // unreadable, and the following units depend on it
  output.take(unit);
  return GST_FLOW_OK;
}

/// Whether it takes I420 from system memory.
bool takes_i420(GstElement* encoder) {
  const auto i420 = adopt(gst_caps_from_string("video/x-raw,format=I420"));
  return gst_element_factory_can_sink_any_caps(gst_element_get_factory(encoder), i420.get()) != FALSE;
}

Ref<GstCaps> encoded_caps(const EncoderRow& row, const Stream& stream) {
  std::string text = row.output;
  if (row.names_level) {
    const auto needed = h264_level(stream.format, stream.bitrate_kbps);
    std::string levels;
    for (const H264Level& level : kH264Levels)
      if (needed && level.idc >= needed->idc)
        levels += (levels.empty() ? "(string)" : ",(string)") + std::to_string(level.idc / 10) +
                  (level.idc % 10 == 0 ? "" : "." + std::to_string(level.idc % 10));
    if (!levels.empty()) text += ",level={" + levels + "}";
  }
  return adopt(gst_caps_from_string(text.c_str()));
}

}  // namespace

Encoder::Encoder(const EncoderRow& row, const Stream& stream, AccessUnitOutput output,
                 std::function<void(const std::string& what)> on_error)
    : output_{stream.codec, std::move(output)},
      controls_(row.controls),
      pipeline_("encoder",
                {.on_error = on_error, .on_end = [on_error] { on_error("it stopped by itself (end of stream)"); }}) {
  const auto raw = frame_caps(stream.format);
  const auto encoded = encoded_caps(row, stream);

  source_ = pipeline_.make("appsrc", "pictures");
  g_object_set(source_, "caps", raw.get(), "format", GST_FORMAT_TIME, "is-live", TRUE, "block", FALSE, "max-bytes",
               guint64{0}, "max-buffers", guint64{1}, "min-latency", gint64{0}, nullptr);
  encoder_ = pipeline_.make(std::string(row.factory).c_str(), "encode");
  controls_.set_up(encoder_, stream);
  GstElement* sink = pipeline_.make("appsink", "units");
  g_object_set(sink, "caps", encoded.get(), "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
  GstAppSinkCallbacks callbacks = {};
  callbacks.new_sample = on_sample;
  gst_app_sink_set_callbacks(GST_APP_SINK(sink), &callbacks, const_cast<Output*>(&output_), nullptr);

  connect(row, sink);
  if (pipeline_.play()) return;
  const std::string why = pipeline_.take_error();
  throw StartupError("it does not start" + (why.empty() ? "" : ": " + why));
}

void Encoder::connect(const EncoderRow& row, GstElement* sink) {
  if (takes_i420(encoder_)) {
    pipeline_.link(source_, encoder_);
  } else {
    GstElement* convert = pipeline_.make("videoconvert", "convert");
    g_object_set(convert, "n-threads", 1U, nullptr);
    pipeline_.link(source_, convert);
    pipeline_.link(convert, encoder_);
  }
  if (row.kind == EncoderKind::software || row.codec != Codec::h264) return pipeline_.link(encoder_, sink);
  // Some drivers do not flag keyframes, or send the parameter sets only once.
  GstElement* parse = pipeline_.make("h264parse", "parse");
  g_object_set(parse, "config-interval", -1, nullptr);
  pipeline_.link(encoder_, parse);
  pipeline_.link(parse, sink);
}

bool Encoder::has_room() const {
  return gst_app_src_get_current_level_buffers(GST_APP_SRC(source_)) == 0;
}

bool Encoder::push(GstBuffer* frame, bool keyframe) {
  if (keyframe) {
    if (controls_.ask_keyframe != nullptr) controls_.ask_keyframe(encoder_);
    const auto pad = adopt(gst_element_get_static_pad(encoder_, "src"));
    gst_pad_send_event(pad.get(), gst_video_event_new_upstream_force_key_unit(GST_CLOCK_TIME_NONE, TRUE, 0));
  }
  return gst_app_src_push_buffer(GST_APP_SRC(source_), retain(frame).release()) == GST_FLOW_OK;
}

}  // namespace cs
