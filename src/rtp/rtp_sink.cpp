// SPDX-License-Identifier: MIT
#include "rtp/rtp_sink.hpp"

#include <gst/video/video.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"

namespace cs {
namespace {

using SharedRequests = std::shared_ptr<KeyframeRequestLimit>;

/// Receives the upstream events: keyframe requests of the peer.
gboolean on_event(GstPad* pad, GstObject* /*parent*/, GstEvent* event) {
  if (gst_video_event_is_force_key_unit(event)) (*static_cast<SharedRequests*>(pad->eventdata))->ask(Clock::now());
  gst_event_unref(event);
  return TRUE;
}

/// Answers latency queries: live source with zero latency.
gboolean on_query(GstPad* pad, GstObject* parent, GstQuery* query) {
  if (GST_QUERY_TYPE(query) != GST_QUERY_LATENCY) return gst_pad_query_default(pad, parent, query);
  gst_query_set_latency(query, TRUE, 0, GST_CLOCK_TIME_NONE);
  return TRUE;
}

const std::vector<double> kFirstPictureBounds = {0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};  // seconds

Labels codec_label(Codec codec) {
  return {{"codec", std::string(encoding_name(codec))}};
}

/// The SSRC of all viewers; each has its own RTP session. GStreamer creates GLib quarks from the SSRC, which are never
/// freed, so a new SSRC per viewer would leak.
guint32 our_ssrc() {
  static const guint32 ssrc = std::max(1U, g_random_int());
  return ssrc;
}

Ref<GstCaps> rtp_caps(const NegotiatedMedia& choice, std::uint32_t ssrc) {
  auto caps = adopt(gst_caps_from_string(codec_row(choice.codec).rtp));
  gst_caps_set_simple(caps.get(), "payload", G_TYPE_INT, choice.payload.type, "ssrc", G_TYPE_UINT, ssrc, nullptr);
  return caps;
}

}  // namespace

RtpSink::RtpSink(const NegotiatedMedia& choice, int bitrate_kbps, std::function<void()> request_keyframe,
                 Metrics& metrics)
    : ssrc_(our_ssrc()),
      transport_wide_id_(extension_id(choice, kTransportWide)),
      caps_(rtp_caps(choice, ssrc_)),
      packetizer_(choice.codec, {.payload_type = choice.payload.type,
                                 .ssrc = ssrc_,
                                 .playout_delay_id = extension_id(choice, kPlayoutDelay),
                                 .transport_wide_id = transport_wide_id_}),
      requests_(std::make_shared<KeyframeRequestLimit>(std::move(request_keyframe), metrics)),
      feed_(sink(gst_pad_new("feed", GST_PAD_SRC))),
      refused_(metrics.get("viewer_frames_refused_total")),
      packetise_(metrics.stage("packetise")),
      send_(metrics.stage("send")),
      total_(metrics.stage("total")),
      first_picture_(metrics.distribution("viewer_first_picture_seconds", kFirstPictureBounds)),
      bytes_(metrics.get("viewer_bytes_sent_total", codec_label(choice.codec))),
      packets_(metrics.get("viewer_packets_sent_total", codec_label(choice.codec))),
      pictures_(metrics.get("viewer_frames_sent_total", codec_label(choice.codec))),
      skipped_(metrics.get("viewer_frames_skipped_total", codec_label(choice.codec))),
      skipped_for_network_(metrics.get("viewer_frames_skipped_for_network_total", codec_label(choice.codec))),
      monitor_(std::make_shared<NetworkMonitor>(NetworkMonitor::packets_to_remember(bitrate_kbps))) {
  const auto destroy = [](void* requests) { delete static_cast<SharedRequests*>(requests); };
  gst_pad_set_event_function_full(feed_.get(), on_event, new SharedRequests(requests_), destroy);
  gst_pad_set_query_function(feed_.get(), on_query);
  gst_pad_set_active(feed_.get(), TRUE);
}

RtpSink::~RtpSink() {
  unlink();
  gst_pad_set_active(feed_.get(), FALSE);
}

void RtpSink::link_to(GstPad* pad) {
  unlink();
  if (gst_pad_link_full(feed_.get(), pad, GST_PAD_LINK_CHECK_NOTHING) != GST_PAD_LINK_OK)
    throw StartupError("webrtcbin refused the video track");
}

void RtpSink::unlink() {
  if (const auto peer = adopt(gst_pad_get_peer(feed_.get()))) gst_pad_unlink(feed_.get(), peer.get());
}

void RtpSink::begin() {
  gst_pad_push_event(feed_.get(), gst_event_new_stream_start("units"));
  gst_pad_push_event(feed_.get(), gst_event_new_caps(caps_.get()));
  GstSegment segment;
  gst_segment_init(&segment, GST_FORMAT_TIME);
  gst_pad_push_event(feed_.get(), gst_event_new_segment(&segment));
}

bool RtpSink::has_room() {
  const bool may = monitor_->may_send(Clock::now());
  if (!may) paused_ = true;
  return may;
}

void RtpSink::push(const AccessUnit& unit) {
  const bool is_first = !std::exchange(begun_, true);
  if (is_first) begin();
  const TimePoint began = Clock::now();
  if (unit.keyframe)
    requests_->sent(began);
  else if (monitor_->has_returned())  // too many packets were lost for retransmission
    requests_->ask(began);
  paused_ = false;
  const std::uint16_t first = packetizer_.next_sequence();
  auto packets = packetizer_.packetize(unit);
  const guint count = gst_buffer_list_length(packets.get());
  if (count == 0) return;
  const auto bytes = static_cast<std::int64_t>(gst_buffer_list_calculate_size(packets.get()));
  const TimePoint packetised = Clock::now();
  monitor_->sent(first, static_cast<std::uint16_t>(count), bytes, packetised);
  // A failed push means that the pipeline is stopping; the code that stops it handles this.
  if (gst_pad_push_list(feed_.get(), packets.release()) != GST_FLOW_OK) return refused_.add();
  const TimePoint sent = Clock::now();
  packetise_.add(packetised - began);
  send_.add(sent - packetised);
  total_.add(sent - unit.captured_at);
  if (is_first) first_picture_.add(std::chrono::duration<double>(sent - made_at_).count());
  bytes_.add(bytes);
  packets_.add(count);
  pictures_.add(1);
}

void RtpSink::skip(std::int64_t units) {
  skipped_.add(units);
  if (paused_) skipped_for_network_.add(units);
}

}  // namespace cs
