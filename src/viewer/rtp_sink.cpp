// SPDX-License-Identifier: MIT
#include "viewer/rtp_sink.hpp"

#include <gst/app/gstappsrc.h>
#include <gst/video/video.h>

#include <memory>
#include <string>
#include <utility>

namespace cs {
namespace {

/// Pictures that may wait for the network, about a tenth of a second; a viewer that is slower skips to a keyframe.
constexpr guint64 kWaitingUnits = 4;
/// Tunnels have an MTU of 1280, and SRTP, UDP and IPv6 want their share.
constexpr guint kMtu = 1200;

/// The peer's requests for a keyframe travel up to the source and would end there.
GstPadProbeReturn on_event(GstPad* /*pad*/, GstPadProbeInfo* info, void* data) {
  if (gst_video_event_is_force_key_unit(GST_PAD_PROBE_INFO_EVENT(info)))
    (*static_cast<std::shared_ptr<KeyframeRequests>*>(data))->ask(Clock::now());
  return GST_PAD_PROBE_OK;
}

/// A buffer around the unit's own memory: every viewer sends from the same bytes.
Ref<GstBuffer> wrap(const AccessUnit& unit) {
  const auto release = [](void* owner) { delete static_cast<std::shared_ptr<const void>*>(owner); };
  auto* bytes = const_cast<std::byte*>(unit.data.data());  // READONLY
  auto buffer =
      adopt(gst_buffer_new_wrapped_full(GST_MEMORY_FLAG_READONLY, bytes, unit.data.size(), 0, unit.data.size(),
                                        new std::shared_ptr<const void>(unit.owner), release));
  GST_BUFFER_PTS(buffer.get()) = static_cast<GstClockTime>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(unit.captured_at.time_since_epoch()).count());
  if (!unit.keyframe) GST_BUFFER_FLAG_SET(buffer.get(), GST_BUFFER_FLAG_DELTA_UNIT);
  return buffer;
}

guint32 random_ssrc() {
  guint32 ssrc = 0;
  while (ssrc == 0) ssrc = g_random_int();
  return ssrc;
}

}  // namespace

RtpSink::RtpSink(Pipeline& pipeline, const OfferChoice& choice, std::function<void()> request_keyframe,
                 Metrics& metrics)
    : source_(pipeline.make("appsrc", "units")),
      payloader_(pipeline.make(codec_row(choice.codec).payloader, "payloader")),
      ssrc_(random_ssrc()),
      requests_(std::make_shared<KeyframeRequests>(std::move(request_keyframe), metrics)) {
  const CodecRow& row = codec_row(choice.codec);
  const auto units = adopt(gst_caps_from_string(row.units));
  g_object_set(source_, "caps", units.get(), "format", GST_FORMAT_TIME, "is-live", TRUE, "block", FALSE, "max-bytes",
               guint64{0}, "max-buffers", kWaitingUnits, "min-latency", gint64{0}, nullptr);

  row.set_up(payloader_);
  g_object_set(payloader_, "ssrc", ssrc_, "pt", choice.payload.type, "mtu", kMtu, nullptr);

  pipeline.link(source_, payloader_);

  const auto pad = adopt(gst_element_get_static_pad(source_, "src"));
  const auto destroy = [](void* data) { delete static_cast<std::shared_ptr<KeyframeRequests>*>(data); };
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_event,
                    new std::shared_ptr<KeyframeRequests>(requests_), destroy);
}

bool RtpSink::has_room() {
  return gst_app_src_get_current_level_buffers(GST_APP_SRC(source_)) < kWaitingUnits;
}

void RtpSink::push(const AccessUnit& unit) {
  // A refusal means that the pipeline is ending, and whoever ends it knows.
  if (unit.keyframe) requests_->sent(Clock::now());
  gst_app_src_push_buffer(GST_APP_SRC(source_), wrap(unit).release());
}

}  // namespace cs
