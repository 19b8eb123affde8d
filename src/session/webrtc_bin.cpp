// SPDX-License-Identifier: MIT
#include "session/webrtc_bin.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "ice/webrtc_internals.hpp"
#include "rtp/inbound_probes.hpp"

namespace cs {
namespace {

/// User data of a C callback: the main loop and a weak reference to the handlers.
struct CallbackContext {
  Loop& loop;
  std::weak_ptr<WebRtcBin::Handlers> handlers;
};

void destroy_context(void* data, GClosure* /*closure*/) {
  delete static_cast<CallbackContext*>(data);
}

/// Since GStreamer 1.24 webrtcbin emits an empty candidate at the end of each transport. It is ignored here;
/// on_gathering_state() reports the end of all candidates.
void on_ice_candidate(GstElement* /*bin*/, guint mline_index, gchar* text, void* data) {
  if (text == nullptr || *text == '\0') return;
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(
      context.handlers,
      [candidate = Candidate{text, mline_index}](WebRtcBin::Handlers& handlers) { handlers.on_candidate(candidate); });
}

void on_gathering_state(GObject* bin, GParamSpec* /*spec*/, void* data) {
  GstWebRTCICEGatheringState state = {};
  g_object_get(bin, "ice-gathering-state", &state, nullptr);
  if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE) return;
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(context.handlers,
                              [](WebRtcBin::Handlers& handlers) { handlers.on_candidate(Candidate{}); });
}

void on_connection_state(GObject* bin, GParamSpec* /*spec*/, void* data) {
  GstWebRTCPeerConnectionState state = {};
  g_object_get(bin, "connection-state", &state, nullptr);
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(context.handlers, [state](WebRtcBin::Handlers& handlers) { handlers.on_state(state); });
}

void on_ice_state(GObject* bin, GParamSpec* /*spec*/, void* data) {
  GstWebRTCICEConnectionState state = {};
  g_object_get(bin, "ice-connection-state", &state, nullptr);
  static constexpr const char* kNames[] = {"new",    "checking",     "connected", "completed",
                                           "failed", "disconnected", "closed"};
  const auto& context = *static_cast<CallbackContext*>(data);
  // For the log only, so a lost job does not matter.
  static_cast<void>(context.loop.post_to(context.handlers, [name = kNames[state]](WebRtcBin::Handlers& handlers) {
    handlers.on_step(std::string("ICE ") + name);
  }));
}

/// Sets our certificate on the DTLS element before it starts. `data` is the PEM text.
void on_deep_element(GstBin* /*bin*/, GstBin* /*parent*/, GstElement* element, void* data) {
  const GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr || std::string_view(GST_OBJECT_NAME(factory)) != "dtlssrtpdec") return;
  g_object_set(element, "pem", static_cast<const std::string*>(data)->c_str(), nullptr);
}

}  // namespace

WebRtcBin::WebRtcBin(Pipeline& pipeline, const TransportSetup& setup, Handlers handlers, Loop& loop, Metrics& metrics)
    : loop_(loop),
      bin_(pipeline.make("webrtcbin", "webrtc")),
      ice_(bin_, setup.ice, setup.peer, setup.reached_at, metrics),
      pem_(setup.identity.pem()),
      fingerprint_(setup.identity.fingerprint()),
      handlers_(std::make_shared<Handlers>(std::move(handlers))),
      liveness_(std::make_shared<PeerLiveness>()) {
  assert_on(ThreadRole::main);
  Metric& alive = metrics.get("webrtcbins_alive");
  alive.add();
  g_object_weak_ref(
      G_OBJECT(bin_), [](void* metric, GObject*) { static_cast<Metric*>(metric)->add(-1); }, &alive);

  gst_util_set_object_arg(G_OBJECT(bin_), "bundle-policy", "max-bundle");
  connect_signals();
  g_signal_connect_data(
      bin_, "deep-element-added", G_CALLBACK(on_deep_element), new std::string(pem_),
      [](void* pem, GClosure*) { delete static_cast<std::string*>(pem); }, GConnectFlags{});
  handlers_->on_candidate = [this, tell = handlers_->on_candidate](const Candidate& own) {
    if (own.text.empty()) return tell(own);
    ice_.announce(own.text, [&](const std::string& text) { tell({text, announced_in_}); });
  };
}

WebRtcBin::~WebRtcBin() {
  assert_on(ThreadRole::main);
}

void WebRtcBin::connect_signals() {
  const auto connect = [this](const char* signal, GCallback callback) {
    g_signal_connect_data(bin_, signal, callback, new CallbackContext{loop_, handlers_}, destroy_context,
                          GConnectFlags{});
  };
  connect("on-ice-candidate", G_CALLBACK(on_ice_candidate));
  connect("notify::ice-gathering-state", G_CALLBACK(on_gathering_state));
  connect("notify::ice-connection-state", G_CALLBACK(on_ice_state));
  connect("notify::connection-state", G_CALLBACK(on_connection_state));
}

void WebRtcBin::send(RtpSink& rtp, Metrics& metrics) {
  filter_ = std::make_shared<InboundFilter>(rtp.monitor(), metrics);
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
  liveness_->tick(0, Clock::now());
}

std::string WebRtcBin::guard_transport() {
  const auto decoder = find_element(bin_, WebRtcElement::dtls_decoder);
  const auto rtpbin = find_element(bin_, WebRtcElement::rtp_bin);
  const auto source = find_element(bin_, WebRtcElement::nice_source);
  const auto rtcp = rtpbin ? adopt(gst_element_get_static_pad(rtpbin.get(), "recv_rtcp_sink_0")) : nullptr;
  const auto packets = source ? adopt(gst_element_get_static_pad(source.get(), "src")) : nullptr;
  if (!decoder || !rtcp || !packets) return "the packet filters could not be installed in webrtcbin";
  gchar* pem = nullptr;
  g_object_get(decoder.get(), "pem", &pem, nullptr);
  if (const auto used = adopt(pem); !used || pem_ != used.get()) return "the DTLS certificate could not be set";
  certificate_ = PeerCertificate::watch(bin_);
  filter_rtcp(rtcp.get(), filter_);
  watch_packets(packets.get(), liveness_, filter_);
  return "";
}

bool WebRtcBin::has_path() const {
  GstWebRTCICEConnectionState state{};
  g_object_get(bin_, "ice-connection-state", &state, nullptr);
  return state == GST_WEBRTC_ICE_CONNECTION_STATE_CONNECTED || state == GST_WEBRTC_ICE_CONNECTION_STATE_COMPLETED;
}

std::string WebRtcBin::remote_certificate() const {
  return certificate_ ? certificate_->pem() : "";
}

void WebRtcBin::answer(Offer offer, const NegotiatedMedia& choice) {
  // The lambda holds its own weak reference, because the handler may destroy this object.
  const auto check_candidates = [this, context = std::weak_ptr(handlers_)] {
    const auto alive = context.lock();
    if (!alive) return;
    if (const std::string why = ice_.complaint(); !why.empty()) alive->on_no_candidate(why);
  };
  announced_in_ = choice.reached_by;
  bundled_ = choice.bundled;
  const auto taken = [this](std::string_view candidate) { return ice_.taken(candidate, handlers_->on_step); };
  negotiation_ = std::make_shared<Negotiation>(bin_, std::move(offer), choice, fingerprint_,
                                               Negotiation::Handlers{.taken = taken,
                                                                     .on_made = [this] { return guard_transport(); },
                                                                     .on_answer = handlers_->on_answer,
                                                                     .on_refused = handlers_->on_refused,
                                                                     .on_step = handlers_->on_step,
                                                                     .on_set = check_candidates,
                                                                     .on_settled = handlers_->on_settled},
                                               loop_);
  negotiation_->begin();
}

void WebRtcBin::add_candidate(const Candidate& candidate) {
  // webrtcbin knows one section. The other sections of its bundle share its transport.
  if (candidate.text.empty() || std::ranges::find(bundled_, candidate.mline_index) == bundled_.end()) return;
  const auto taken = ice_.taken(candidate.text, handlers_->on_step);
  if (!taken) return;
  g_signal_emit_by_name(bin_, "add-ice-candidate", 0U, taken->c_str());
}

}  // namespace cs
