// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <nice/agent.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cubestream/signalling.hpp"
#include "cubestream/stream.hpp"
#include "gst/pipeline.hpp"
#include "loop/loop.hpp"
#include "webrtc/promise.hpp"

namespace cs {

/// A fake browser: a webrtcbin that offers to receive one codec, applies the answer and the candidates, and counts the
/// access units it receives. Main thread only.
class Peer {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_offer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void()> on_unit;  ///< called for each access unit
  };

  /// Transport and local addresses.
  struct Network {
    bool udp = true;                          ///< false: TCP only
    std::vector<std::string> addresses = {};  ///< local addresses; empty: all except loopback
  };

  Peer(Handlers handlers, Loop& loop, Codec codec = Codec::h264) : Peer(std::move(handlers), loop, codec, Network{}) {}
  Peer(Handlers handlers, Loop& loop, Codec codec, const Network& network)
      : shared_(std::make_shared<Shared>(std::move(handlers), loop)), pipeline_("peer", {}) {
    shared_->bin = pipeline_.make("webrtcbin", "webrtc");
    shared_->pipeline = pipeline_.get();
    gst_util_set_object_arg(G_OBJECT(shared_->bin), "bundle-policy", "max-bundle");
    GObject* ice = nullptr;
    g_object_get(shared_->bin, "ice-agent", &ice, nullptr);
    GObject* agent = nullptr;
    g_object_get(ice, "agent", &agent, nullptr);
    g_object_set(agent, "upnp", FALSE, "ice-udp", network.udp ? TRUE : FALSE, nullptr);
    for (const std::string& text : network.addresses) {
      NiceAddress address;
      nice_address_init(&address);
      EXPECT_TRUE(nice_address_set_from_string(&address, text.c_str()));
      nice_agent_add_local_address(reinterpret_cast<NiceAgent*>(agent), &address);
    }
    g_object_unref(agent);
    g_object_unref(ice);
    const auto connect = [this](const char* signal, GCallback callback) {
      const auto destroy = [](void* data, GClosure*) { delete static_cast<std::weak_ptr<Shared>*>(data); };
      g_signal_connect_data(shared_->bin, signal, callback, new std::weak_ptr<Shared>(shared_), destroy,
                            GConnectFlags{});
    };
    connect("on-ice-candidate", G_CALLBACK(on_ice_candidate));
    connect("pad-added", G_CALLBACK(on_pad));
    const auto caps = adopt(gst_caps_from_string(
        codec == Codec::vp8 ? "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000,payload=107,"
                              "rtcp-fb-nack-pli=true"
                            : "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=107,"
                              "packetization-mode=(string)1,profile-level-id=(string)42e01f,rtcp-fb-nack-pli=true"));
    GstWebRTCRTPTransceiver* transceiver = nullptr;
    g_signal_emit_by_name(shared_->bin, "add-transceiver", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, caps.get(),
                          &transceiver);
    g_object_set(transceiver, "do-nack", TRUE, nullptr);
    gst_object_unref(transceiver);
  }

  /// Creates the offer and passes it to on_offer.
  void offer() {
    EXPECT_TRUE(pipeline_.play());
    GstPromise* promise = make_promise<Shared>(shared_->loop, shared_, [](Shared& self, const PromiseResult& result) {
      ASSERT_TRUE(result.description);
      g_signal_emit_by_name(self.bin, "set-local-description", result.description.get(), nullptr);
      self.handlers.on_offer(adopt(gst_sdp_message_as_text(result.description->sdp)).get());
    });
    g_signal_emit_by_name(shared_->bin, "create-offer", nullptr, promise);
  }

  void take_answer(const std::string& sdp) {
    count_rtp_packets();
    GstSDPMessage* message = nullptr;
    gst_sdp_message_new_from_text(sdp.c_str(), &message);
    const auto answer = adopt(gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_ANSWER, message));
    g_signal_emit_by_name(shared_->bin, "set-remote-description", answer.get(), nullptr);
  }

  void take_candidate(const Candidate& candidate) {
    if (!candidate.text.empty())
      g_signal_emit_by_name(shared_->bin, "add-ice-candidate", candidate.mline_index, candidate.text.c_str());
  }

  /// Requests a keyframe with a PLI.
  void request_keyframe() {
    const auto sink = adopt(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "units"));
    const auto pad = adopt(gst_element_get_static_pad(sink.get(), "sink"));
    gst_pad_push_event(
        pad.get(), gst_event_new_custom(GST_EVENT_CUSTOM_UPSTREAM, gst_structure_new("GstForceKeyUnit", "all-headers",
                                                                                     G_TYPE_BOOLEAN, TRUE, nullptr)));
  }

  /// Sends receiver reports five times a second instead of every five seconds. False: there is no RTP session yet.
  [[nodiscard]] bool report_often() {
    const auto rtpbin = adopt(gst_bin_get_by_name(GST_BIN(shared_->bin), "rtpbin"));
    GObject* session = nullptr;
    if (rtpbin) g_signal_emit_by_name(rtpbin.get(), "get-internal-session", 0U, &session);
    if (session == nullptr) return false;
    g_object_set(session, "rtcp-min-interval", std::uint64_t{200} * GST_MSECOND, nullptr);
    g_object_unref(session);
    return true;
  }

  /// Whether ICE is connected, so that DTLS can start.
  [[nodiscard]] bool has_path() const {
    GstWebRTCICEConnectionState state{};
    g_object_get(shared_->bin, "ice-connection-state", &state, nullptr);
    return state == GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED || state == GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED;
  }

  /// The certificate of the server, in PEM format; empty: not received yet.
  [[nodiscard]] std::string servers_certificate() const {
    const auto decoder = first_element(shared_->bin, "dtlssrtpdec");
    gchar* pem = nullptr;
    if (decoder) g_object_get(decoder.get(), "peer-pem", &pem, nullptr);
    return pem == nullptr ? "" : adopt(pem).get();
  }

  /// Replaces all outgoing DTLS packets with a fatal alert, as a peer without a common cipher suite does.
  /// Call it after offer().
  void refuse_dtls() {
    const auto sender = first_element(shared_->bin, "nicesink");
    ASSERT_TRUE(sender);
    const auto pad = adopt(gst_element_get_static_pad(sender.get(), "sink"));
    const auto replace = [](GstPad* /*pad*/, GstPadProbeInfo* info, void* /*data*/) {
      auto* const packet = GST_PAD_PROBE_INFO_BUFFER(info);
      std::uint8_t first = 0;
      gst_buffer_extract(packet, 0, &first, 1);
      if (first < 20 || first > 63) return GST_PAD_PROBE_OK;  // RFC 7983, section 7
      // RFC 6347, section 4.1: DTLS 1.2 alert, epoch 0, sequence number 0, two bytes: fatal, handshake_failure.
      static constexpr std::array<std::uint8_t, 15> kAlert = {21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40};
      GST_PAD_PROBE_INFO_DATA(info) = gst_buffer_new_memdup(kAlert.data(), kAlert.size());
      gst_buffer_unref(packet);
      return GST_PAD_PROBE_OK;
    };
    gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, replace, nullptr, nullptr);
  }

  /// Size of the latest frame, by its parameter sets; H.264 only.
  [[nodiscard]] Size frame_size() const {
    Size size{0, 0};
    const auto sink = adopt(gst_bin_get_by_name(GST_BIN(pipeline_.get()), "units"));
    const auto pad = sink ? adopt(gst_element_get_static_pad(sink.get(), "sink")) : nullptr;
    const auto caps = pad ? adopt(gst_pad_get_current_caps(pad.get())) : nullptr;
    if (caps)
      gst_structure_get(gst_caps_get_structure(caps.get(), 0), "width", G_TYPE_INT, &size.width, "height", G_TYPE_INT,
                        &size.height, nullptr);
    return size;
  }

  /// Number of RTP packets received over ICE, whether decrypted or not; without RTCP.
  [[nodiscard]] int rtp_packets() const { return shared_->rtp_packets; }

  [[nodiscard]] int units() const { return shared_->units; }
  [[nodiscard]] bool began_with_keyframe() const { return shared_->began_with_keyframe; }
  [[nodiscard]] int keyframes() const { return shared_->keyframes; }

 private:
  struct Shared {
    Shared(Handlers given, Loop& main_loop) : handlers(std::move(given)), loop(main_loop) {}
    Handlers handlers;
    Loop& loop;
    GstElement* bin = nullptr;
    GstElement* pipeline = nullptr;
    std::atomic<int> rtp_packets = 0;
    int units = 0;
    int keyframes = 0;
    bool began_with_keyframe = false;
  };
  using Weak = std::weak_ptr<Shared>;

  static void count(Shared& shared, GstBuffer* packet) {
    std::array<std::uint8_t, 2> head = {};
    gst_buffer_extract(packet, 0, head.data(), head.size());
    const bool is_rtp_or_rtcp = head[0] >= 128 && head[0] <= 191;  // RFC 7983, section 7
    const bool is_rtcp = head[1] >= 192 && head[1] <= 223;         // RFC 5761, section 4
    if (is_rtp_or_rtcp && !is_rtcp) ++shared.rtp_packets;
  }

  void count_rtp_packets() {
    const auto source = first_element(shared_->bin, "nicesrc");
    ASSERT_TRUE(source);
    const auto pad = adopt(gst_element_get_static_pad(source.get(), "src"));
    const auto on_packets = [](GstPad* /*pad*/, GstPadProbeInfo* info, void* data) {
      const auto shared = static_cast<Weak*>(data)->lock();
      if (!shared) return GST_PAD_PROBE_OK;
      if ((GST_PAD_PROBE_INFO_TYPE(info) & GST_PAD_PROBE_TYPE_BUFFER_LIST) == 0) {
        count(*shared, GST_PAD_PROBE_INFO_BUFFER(info));
        return GST_PAD_PROBE_OK;
      }
      GstBufferList* packets = GST_PAD_PROBE_INFO_BUFFER_LIST(info);
      for (guint i = 0; i < gst_buffer_list_length(packets); ++i) count(*shared, gst_buffer_list_get(packets, i));
      return GST_PAD_PROBE_OK;
    };
    const auto destroy = [](void* weak) { delete static_cast<Weak*>(weak); };
    constexpr auto kBoth = static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
    gst_pad_add_probe(pad.get(), kBoth, on_packets, new Weak(shared_), destroy);
  }

  static void on_ice_candidate(GstElement* /*bin*/, guint index, gchar* text, void* data) {
    const auto shared = static_cast<Weak*>(data)->lock();
    if (!shared) return;
    shared->loop.post_result_to(
        Weak(shared), [candidate = Candidate{text, index}](Shared& self) { self.handlers.on_candidate(candidate); });
  }

  static void on_pad(GstElement* bin, GstPad* pad, void* data) {
    if (GST_PAD_DIRECTION(pad) != GST_PAD_SRC) return;
    auto* parent = GST_ELEMENT(GST_OBJECT_PARENT(bin));
    const auto caps = adopt(gst_pad_get_current_caps(pad));
    if (!caps) return;  // the peer is being destroyed and its pads are flushed
    const bool vp8 = std::string_view(gst_structure_get_string(gst_caps_get_structure(caps.get(), 0),
                                                               "encoding-name")) == encoding_name(Codec::vp8);
    GstElement* depay = gst_element_factory_make(vp8 ? "rtpvp8depay" : "rtph264depay", nullptr);
    GstElement* parse = gst_element_factory_make(vp8 ? "identity" : "h264parse", nullptr);
    GstElement* sink = gst_element_factory_make("fakesink", "units");
    g_object_set(depay, "request-keyframe", TRUE, "wait-for-keyframe", TRUE, nullptr);  // as browsers do
    g_object_set(sink, "sync", FALSE, "async", FALSE, "signal-handoffs", TRUE, nullptr);
    gst_bin_add_many(GST_BIN(parent), depay, parse, sink, nullptr);
    gst_element_link_many(depay, parse, sink, nullptr);
    const auto destroy = [](void* weak, GClosure*) { delete static_cast<Weak*>(weak); };
    g_signal_connect_data(sink, "handoff", G_CALLBACK(on_handoff), new Weak(*static_cast<Weak*>(data)), destroy,
                          GConnectFlags{});
    for (GstElement* element : {sink, parse, depay}) gst_element_sync_state_with_parent(element);
    gst_pad_link(pad, adopt(gst_element_get_static_pad(depay, "sink")).get());
  }

  static void on_handoff(GstElement* /*sink*/, GstBuffer* buffer, GstPad* /*pad*/, void* data) {
    const auto shared = static_cast<Weak*>(data)->lock();
    if (!shared) return;
    const bool keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    shared->loop.post_result_to(Weak(shared), [keyframe](Shared& self) {
      if (++self.units == 1) self.began_with_keyframe = keyframe;
      if (keyframe) ++self.keyframes;
      self.handlers.on_unit();
    });
  }

  std::shared_ptr<Shared> shared_;
  Pipeline pipeline_;
};

}  // namespace cs
