// SPDX-License-Identifier: MIT
#include "webrtc/webrtc_bin.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

/// User data of a C callback.
struct CallbackContext {
  Loop& loop;
  std::weak_ptr<WebRtcBin> bin;
  Log log;
};

void destroy_context(void* data, GClosure* /*closure*/) {
  delete static_cast<CallbackContext*>(data);
}

/// Since GStreamer 1.24 webrtcbin emits an empty candidate at the end of each transport. It is ignored here;
/// on_gathering_state() reports the end of all candidates. webrtcbin knows one section, so the index is always 0.
void on_ice_candidate(GstElement* /*bin*/, guint /*mline_index*/, gchar* text, void* data) {
  if (text == nullptr || *text == '\0') return;
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(context.bin, [own = std::string(text)](WebRtcBin& bin) { bin.on_local_candidate(own); });
}

void on_gathering_state(GObject* object, GParamSpec* /*spec*/, void* data) {
  GstWebRTCICEGatheringState state = {};
  g_object_get(object, "ice-gathering-state", &state, nullptr);
  if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE) return;
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(context.bin, [](WebRtcBin& bin) { bin.on_local_candidate(""); });
}

void on_connection_state(GObject* object, GParamSpec* /*spec*/, void* data) {
  GstWebRTCPeerConnectionState state = {};
  g_object_get(object, "connection-state", &state, nullptr);
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(context.bin, [state](WebRtcBin& bin) { bin.on_state(state); });
}

void on_ice_state(GObject* object, GParamSpec* /*spec*/, void* data) {
  GstWebRTCICEConnectionState state = {};
  g_object_get(object, "ice-connection-state", &state, nullptr);
  static constexpr const char* kNames[] = {"new",    "checking",     "connected", "completed",
                                           "failed", "disconnected", "closed"};
  static_cast<CallbackContext*>(data)->log->debug("ICE {}", kNames[state]);
}

}  // namespace

WebRtcBin::WebRtcBin(Pipeline& pipeline, RtpSink& rtp, const TransportSetup& setup, WebRtcObserver& observer,
                     const Log& log, Loop& loop, Metrics& metrics)
    : observer_(observer),
      log_(log),
      loop_(loop),
      bin_(pipeline.make("webrtcbin", "webrtc")),
      ice_(bin_, setup.ice, setup.peer, setup.reached_at, log, metrics),
      guard_(bin_, setup.identity, rtp.monitor(), metrics),
      alive_(std::make_shared<char>(), this) {
  assert_on(ThreadRole::main);
  Metric& alive = metrics.get("webrtcbins_alive");
  alive.add();
  g_object_weak_ref(
      G_OBJECT(bin_), [](void* metric, GObject*) { static_cast<Metric*>(metric)->add(-1); }, &alive);

  gst_util_set_object_arg(G_OBJECT(bin_), "bundle-policy", "max-bundle");
  connect_signals();
  send(rtp);
}

WebRtcBin::~WebRtcBin() {
  assert_on(ThreadRole::main);
}

void WebRtcBin::connect_signals() {
  const auto connect = [this](const char* signal, GCallback callback) {
    g_signal_connect_data(bin_, signal, callback, new CallbackContext{loop_, alive_, log_}, destroy_context,
                          GConnectFlags{});
  };
  connect("on-ice-candidate", G_CALLBACK(on_ice_candidate));
  connect("notify::ice-gathering-state", G_CALLBACK(on_gathering_state));
  connect("notify::ice-connection-state", G_CALLBACK(on_ice_state));
  connect("notify::connection-state", G_CALLBACK(on_connection_state));
}

void WebRtcBin::send(RtpSink& rtp) {
  const auto pad = adopt(gst_element_request_pad_simple(bin_, "sink_%u"));
  if (!pad) throw StartupError("webrtcbin refused the video track");
  rtp.link_to(pad.get());
  GstWebRTCRTPTransceiver* transceiver = nullptr;
  g_object_get(pad.get(), "transceiver", &transceiver, nullptr);
  const auto owner = adopt(transceiver);
  g_object_set(transceiver, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "do-nack", TRUE, "fec-type",
               GST_WEBRTC_FEC_TYPE_NONE, "codec-preferences", rtp.caps(), nullptr);
}

void WebRtcBin::bypass_fec(RtpSink& rtp) {
  // With the first packet webrtcbin would insert a FEC encoder between its pad and its rtpfunnel, even without FEC, and
  // that element splits buffer lists. A webrtcbin without rtpfunnel keeps the link to its pad.
  const auto funnel = find_element(bin_, WebRtcElement::rtp_funnel);
  const auto pad = funnel ? adopt(gst_element_request_pad_simple(funnel.get(), "sink_%u")) : nullptr;
  if (pad) rtp.link_to(pad.get());
}

void WebRtcBin::connected(RtpSink& rtp, Metrics& metrics) {
  bypass_fec(rtp);
  burst_ = std::make_unique<BurstSender>(bin_, rtp.monitor(), rtp.transport_wide_id(), metrics);
  reports_.emplace(bin_);
  guard_.liveness().tick(0, Clock::now());
}

bool WebRtcBin::has_path() const {
  GstWebRTCICEConnectionState state{};
  g_object_get(bin_, "ice-connection-state", &state, nullptr);
  return state == GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED || state == GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED;
}

void WebRtcBin::answer(Offer offer, const NegotiatedMedia& media) {
  negotiation_ = std::make_shared<Negotiation>(Negotiation::Connection{bin_, ice_, guard_, observer_, loop_, log_},
                                               std::move(offer), media);
  negotiation_->begin();
}

void WebRtcBin::on_local_candidate(const std::string& text) {
  if (text.empty()) return observer_.on_candidate({});
  // The client's offer has more sections than the one that webrtcbin knows.
  for (const std::string& candidate : ice_.announced(text))
    observer_.on_candidate({candidate, negotiation_->media().reached_by});
}

void WebRtcBin::add_candidate(const Candidate& candidate) {
  if (candidate.text.empty() || !negotiation_) return;
  // All sections of the bundle share the transport.
  const auto& bundled = negotiation_->media().bundled;
  if (std::ranges::find(bundled, candidate.mline_index) == bundled.end()) return;
  const auto taken = ice_.taken(candidate.text);
  if (!taken) return;
  g_signal_emit_by_name(bin_, "add-ice-candidate", 0U, taken->c_str());
}

}  // namespace cs
