// SPDX-License-Identifier: MIT
#include "viewer/viewer.hpp"

#include <utility>

#include "viewer/sdp.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};
constexpr std::chrono::seconds kGatherWithin{1};  // a TURN server may be slow, and its candidates are then left out

std::string_view name_of(GstWebRTCPeerConnectionState state) {
  switch (state) {
    case GST_WEBRTC_PEER_CONNECTION_STATE_NEW:
      return "new";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTING:
      return "connecting";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED:
      return "connected";
    case GST_WEBRTC_PEER_CONNECTION_STATE_DISCONNECTED:
      return "disconnected";
    case GST_WEBRTC_PEER_CONNECTION_STATE_FAILED:
      return "failed";
    case GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED:
      return "closed";
  }
  return "unknown";
}

double milliseconds_since(TimePoint then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

}  // namespace

Viewer::Viewer(std::string id, const OfferChoice& choice, const IceConfig& ice, Broadcast& broadcast, Handlers handlers,
               Loop& loop, Metrics& metrics)
    : choice_(choice),
      handlers_(std::move(handlers)),
      log_(make_log(id)),
      metrics_(metrics),
      alive_(metrics.get("viewers")),
      connected_(metrics.get("viewers_connected_total")),
      failed_(metrics.get("viewers_failed_total")),
      pipeline_(id, {.on_error =
                         [this](const std::string& what) {
                           log_->debug("its pipeline failed: {}", what);
                           over("media-failed", "the server could not send the picture; try again");
                         },
                     .on_end = {}}),
      rtp_(choice, broadcast.keyframe_requester(), metrics),
      webrtc_(
          pipeline_, ice,
          {.on_answer =
               [this](const std::string& sdp) {
                 if (!is_retired_) on_answer(sdp);
               },
           .on_refused =
               [this](const std::string& why) { over("bad-offer", "the server could not answer this offer: " + why); },
           .on_candidate =
               [this](const Candidate& candidate) {
                 if (!is_retired_) on_candidate(candidate);
               },
           .on_no_candidate = [this](const std::string& why) { over("no-port", why); },
           .on_state = [this](GstWebRTCPeerConnectionState state) { on_state(state); },
           .on_step = [this](const std::string& what) { log_->debug("{}", what); },
           .on_settled =
               [this] {
                 if (is_retired_) handlers_.on_can_go();
               }},
          loop, metrics),
      patience_(std::make_unique<Timer>(kConnectWithin, Timer::Repeat::once,
                                        [this] {
                                          over("not-connected",
                                               "no connection for the picture came about within 10 s: UDP between you "
                                               "and the server seems blocked");
                                        })),
      subscription_(broadcast.subscribe(rtp_, [this](const std::string& why) { over("no-pictures", why); })) {
  webrtc_.send(rtp_);
  alive_.add();
}

Viewer::~Viewer() {
  retire();
}

void Viewer::answer(const ClientOffered& offer) {
  log_->debug("offer: {} as payload {}, media section {}", encoding_name(choice_.codec), choice_.payload.type,
              choice_.mline_index);
  // What goes wrong in here arrives on the bus.
  wants_whole_answer_ = offer.wants_whole_answer;
  if (pipeline_.play()) webrtc_.answer(offer.sdp, choice_);
}

void Viewer::on_answer(const std::string& sdp) {
  if (wants_whole_answer_) {
    held_answer_ = sdp;
    gathering_ = std::make_unique<Timer>(kGatherWithin, Timer::Repeat::once, [this] { send_whole_answer(false); });
    return;
  }
  handlers_.on_answer({.sdp = sdp, .media_clock = rtp_.media_clock()});
  log_->info("answered in {:.1f} ms", milliseconds_since(born_));
}

void Viewer::on_candidate(const Candidate& candidate) {
  if (!gathering_) return handlers_.on_candidate(candidate);
  if (candidate.text.empty()) return send_whole_answer(true);
  held_candidates_.push_back(candidate);
}

void Viewer::send_whole_answer(bool all_candidates) {
  gathering_.reset();
  wants_whole_answer_ = false;
  on_answer(with_candidates(held_answer_, held_candidates_, all_candidates));
}

void Viewer::add_candidate(const Candidate& candidate) {
  log_->debug("its candidate: {}", candidate.text.empty() ? "no more" : candidate.text);
  webrtc_.add_candidate(candidate);
}

void Viewer::retire() {
  if (std::exchange(is_retired_, true)) return;
  patience_.reset();
  gathering_.reset();
  subscription_.reset();
  alive_.add(-1);
}

void Viewer::over(const std::string& code, const std::string& message) {
  if (is_retired_) return;
  failed_.add();
  log_->warn("{}: {}", code, message);
  handlers_.on_over(code, message);
}

void Viewer::on_state(GstWebRTCPeerConnectionState state) {
  log_->debug("{}", name_of(state));
  if (is_retired_) return;
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED && !is_connected_) return connected();
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED)
    over("ice-failed", is_connected_
                           ? "the connection for the picture was lost"
                           : "no way for the picture was found: UDP between you and the server seems blocked");
}

void Viewer::connected() {
  is_connected_ = true;
  patience_.reset();
  connected_.add();
  webrtc_.connected(rtp_, metrics_);
  handlers_.on_connected();
  pipeline_.settle_latency();  // or rtpsession writes no time into its sender reports
  subscription_->start();
  log_->info("connected after {:.0f} ms", milliseconds_since(born_));
}

}  // namespace cs
