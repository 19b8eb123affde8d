// SPDX-License-Identifier: MIT
#include "textbook/peer.hpp"

#include <gst/app/gstappsrc.h>

#include <utility>

#include "base/error.hpp"
#include "encoder/frame_pool.hpp"
#include "log/log.hpp"

namespace cs::bench {
namespace {

struct CallbackContext {
  Loop& loop;
  std::weak_ptr<Peer> peer;
  std::function<void(const Candidate&)> tell;
};

void on_ice_candidate(GstElement* /*bin*/, guint mline_index, gchar* text, void* data) {
  const auto& context = *static_cast<CallbackContext*>(data);
  context.loop.post_result_to(
      context.peer, [tell = context.tell, candidate = Candidate{text, mline_index}](Peer&) { tell(candidate); });
}

/// Settles the latency once connected, because all elements exist then.
void on_connection_state(GObject* bin, GParamSpec* /*spec*/, void* data) {
  GstWebRTCPeerConnectionState state = {};
  g_object_get(bin, "connection-state", &state, nullptr);
  const auto& context = *static_cast<CallbackContext*>(data);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
    context.loop.post_result_to(context.peer, [](Peer& peer) { peer.settle_latency(); });
}

}  // namespace

Peer::Peer(const std::string& name, const Stream& stream, int payload_type, IpAddress::Reach viewers, Handlers handlers,
           Loop& loop, Metrics& metrics)
    : handlers_(std::move(handlers)),
      loop_(loop),
      pipeline_(name, {.on_error = handlers_.on_over, .on_end = [] {}}),
      source_(pipeline_.make("appsrc", "pictures")) {
  const auto make = [&](const char* factory) { return pipeline_.make(factory, nullptr); };
  const auto rgba = frame_caps(stream.format, PixelFormat::rgba);
  g_object_set(source_, "caps", rgba.get(), "format", GST_FORMAT_TIME, "is-live", TRUE, nullptr);
  GstElement* encoder = make("x264enc");
  gst_util_set_object_arg(G_OBJECT(encoder), "tune", "zerolatency");
  gst_util_set_object_arg(G_OBJECT(encoder), "speed-preset", "ultrafast");
  g_object_set(encoder, "bitrate", stream.bitrate_kbps, "key-int-max", stream.format.fps, nullptr);
  GstElement* profile = make("capsfilter");  // without it, the encoder chooses 4:4:4, which browsers do not support
  g_object_set(profile, "caps", adopt(gst_caps_from_string("video/x-h264,profile=constrained-baseline")).get(),
               nullptr);
  GstElement* payloader = make("rtph264pay");
  g_object_set(payloader, "pt", payload_type, nullptr);
  bin_ = make("webrtcbin");
  gst_util_set_object_arg(G_OBJECT(bin_), "bundle-policy", "max-bundle");
  const IceAgent ice(bin_, IceConfig{}, viewers, std::nullopt, make_log("textbook"),
                     metrics);  // configures the agent of webrtcbin

  GstElement* chain[] = {source_, make("queue"), make("videoconvert"), encoder, profile, make("h264parse"), payloader};
  for (std::size_t i = 1; i < std::size(chain); ++i) pipeline_.link(chain[i - 1], chain[i]);
  const auto pad = adopt(gst_element_request_pad_simple(bin_, "sink_%u"));
  const auto from = adopt(gst_element_get_static_pad(payloader, "src"));
  if (!pad || gst_pad_link(from.get(), pad.get()) != GST_PAD_LINK_OK)
    throw StartupError("webrtcbin: cannot add the video track");
  GstWebRTCRTPTransceiver* transceiver = nullptr;
  g_object_get(pad.get(), "transceiver", &transceiver, nullptr);
  const auto owner = adopt(transceiver);
  const std::string sent =
      "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,packetization-mode=(string)1,payload=" +
      std::to_string(payload_type);
  g_object_set(transceiver, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "codec-preferences",
               adopt(gst_caps_from_string(sent.c_str())).get(), nullptr);
}

void Peer::answer(const std::string& offer_sdp) {
  const auto destroy = [](void* context, GClosure*) { delete static_cast<CallbackContext*>(context); };
  const auto connect = [&](const char* signal, GCallback callback) {
    g_signal_connect_data(bin_, signal, callback, new CallbackContext{loop_, weak_from_this(), handlers_.on_candidate},
                          destroy, GConnectFlags{});
  };
  connect("on-ice-candidate", G_CALLBACK(on_ice_candidate));
  connect("notify::connection-state", G_CALLBACK(on_connection_state));
  GstSDPMessage* message = nullptr;
  if (!pipeline_.play() || gst_sdp_message_new_from_text(offer_sdp.c_str(), &message) != GST_SDP_OK)
    return handlers_.on_over("cannot start the pipeline, or the offer is not valid SDP");
  const auto offer = adopt(gst_webrtc_session_description_new(GST_WEBRTC_SDP_TYPE_OFFER, message));
  g_signal_emit_by_name(bin_, "set-remote-description", offer.get(),
                        make_promise<Peer>(loop_, weak_from_this(), [](Peer& self, const PromiseResult& set) {
                          if (!set.error.empty()) return self.handlers_.on_over(set.error);
                          g_signal_emit_by_name(
                              self.bin_, "create-answer", nullptr,
                              make_promise<Peer>(self.loop_, self.weak_from_this(),
                                                 [](Peer& peer, const PromiseResult& made) { peer.set_local(made); }));
                        }));
}

void Peer::set_local(const PromiseResult& made) {
  if (!made.description) return handlers_.on_over("webrtcbin: cannot create the answer: " + made.error);
  const auto set = adopt(gst_promise_new());  // the result is not needed
  g_signal_emit_by_name(bin_, "set-local-description", made.description.get(), set.get());
  handlers_.on_answer(adopt(gst_sdp_message_as_text(made.description->sdp)).get());
}

void Peer::add_candidate(const Candidate& candidate) {
  if (candidate.text.empty()) return;
  g_signal_emit_by_name(bin_, "add-ice-candidate", candidate.mline_index, candidate.text.c_str());
}

void Peer::push(GstBuffer* frame) {
  gst_app_src_push_buffer(GST_APP_SRC(source_), retain(frame).release());
}

}  // namespace cs::bench
