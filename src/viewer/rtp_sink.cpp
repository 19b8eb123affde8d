// SPDX-License-Identifier: MIT
#include "viewer/rtp_sink.hpp"

#include <gst/video/video.h>

#include <memory>
#include <string>
#include <utility>

#include "base/error.hpp"

namespace cs {
namespace {

/// Tunnels have an MTU of 1280, and SRTP, UDP and IPv6 want their share.
constexpr guint kMtu = 1200;

/// The peer's requests for a keyframe travel up to the source, which is here.
gboolean on_event(GstPad* pad, GstObject* /*parent*/, GstEvent* event) {
  if (gst_video_event_is_force_key_unit(event))
    static_cast<KeyframeRequests*>(gst_pad_get_element_private(pad))->ask(Clock::now());
  gst_event_unref(event);
  return TRUE;
}

/// What is fed here is live, and holds nothing back.
gboolean on_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
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
    : row_(codec_row(choice.codec)),
      feed_(sink(gst_pad_new("feed", GST_PAD_SRC))),
      payloader_(pipeline.make(row_.payloader, "payloader")),
      ssrc_(random_ssrc()),
      requests_(std::make_unique<KeyframeRequests>(std::move(request_keyframe), metrics)),
      refused_(metrics.get("access_units_refused_total")) {
  row_.set_up(payloader_);
  g_object_set(payloader_, "ssrc", ssrc_, "pt", choice.payload.type, "mtu", kMtu, nullptr);

  GstPad* feed = feed_.get();
  gst_pad_set_element_private(feed, requests_.get());
  gst_pad_set_event_function(feed, on_event);
  gst_pad_set_query_function(feed, on_query);
  gst_pad_set_active(feed, TRUE);
  const auto pad = adopt(gst_element_get_static_pad(payloader_, "sink"));
  if (gst_pad_link_full(feed, pad.get(), GST_PAD_LINK_CHECK_NOTHING) != GST_PAD_LINK_OK)
    throw Fatal(std::string("GStreamer does not link to ") + row_.payloader);
}

RtpSink::~RtpSink() {
  const auto pad = adopt(gst_pad_get_peer(feed_.get()));
  if (pad) gst_pad_unlink(feed_.get(), pad.get());
  gst_pad_set_active(feed_.get(), FALSE);
}

void RtpSink::begin() {
  GstPad* feed = feed_.get();
  gst_pad_push_event(feed, gst_event_new_stream_start("units"));
  gst_pad_push_event(feed, gst_event_new_caps(adopt(gst_caps_from_string(row_.units)).get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(feed, gst_event_new_segment(&segment));
}

void RtpSink::push(const AccessUnit& unit) {
  if (!std::exchange(begun_, true)) begin();
  if (unit.keyframe) requests_->sent(Clock::now());
  // A refusal means that the pipeline is ending, and whoever ends it knows.
  if (gst_pad_push(feed_.get(), wrap(unit).release()) != GST_FLOW_OK) refused_.add();
}

}  // namespace cs
