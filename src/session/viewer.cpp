// SPDX-License-Identifier: MIT
#include "session/viewer.hpp"

#include <utility>

#include "base/error.hpp"
#include "sdp/sdp.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};
constexpr std::chrono::seconds kGatherWithin{1};  // the candidates of a slow TURN server are omitted

constexpr const char* kNoHandshake =
    "ICE connected, but the DTLS handshake did not complete: client and server may share no cipher suite or protocol "
    "version, or a device between them drops or modifies DTLS packets";

// Bucket bounds of the distributions over all viewers.
const std::vector<double> kTimes = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1};         // seconds
const std::vector<double> kShares = {0, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5};                         // of all
const std::vector<double> kRates = {0, 16e3, 31e3, 62e3, 125e3, 250e3, 500e3, 1e6, 2.5e6, 5e6, 12.5e6};  // bytes/s

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

std::vector<FrameFormat> formats_of(const Channel& channel) {
  std::vector<FrameFormat> formats;
  for (const RungStream& rung : channel.rungs) formats.push_back(rung.rung.format);
  return formats.empty() ? std::vector{channel.stream.format} : formats;
}

double milliseconds_since(TimePoint then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

}  // namespace

Viewer::Viewer(std::string id, const NegotiatedMedia& choice, const TransportSetup& transport, const Channel& channel,
               Handlers handlers, Loop& loop, Metrics& metrics)
    : choice_(choice),
      formats_(formats_of(channel)),
      handlers_(std::move(handlers)),
      log_(make_log(id)),
      metrics_(metrics),
      connected_(metrics.get("viewers_connected_total")),
      packets_lost_(metrics.get("viewer_packets_lost_total")),
      slowed_(metrics.get("viewers_slowed")),
      limited_seconds_(metrics.get("viewer_limited_seconds_total")),
      moves_down_(metrics.get("viewer_moves_total", {{"direction", "down"}})),
      moves_up_(metrics.get("viewer_moves_total", {{"direction", "up"}})),
      round_trips_(metrics.distribution("viewer_round_trip_seconds", kTimes)),
      losses_(metrics.distribution("viewer_loss_ratio", kShares)),
      jitters_(metrics.distribution("viewer_jitter_seconds", kTimes)),
      rates_(metrics.distribution("viewer_send_bytes_per_second", kRates)),
      carries_(metrics.distribution("viewer_network_bytes_per_second", kRates)),
      watched_(std::make_shared<WatchedRung>(channel.broadcasts())),
      pipeline_(id, {.on_error = [this](const std::string& what) { on_pipeline_error(what); }, .on_end = {}}),
      rtp_(
          choice, channel.stream.bitrate_kbps, [watched = watched_] { watched->request_keyframe(); }, metrics),
      path_(rtp_.monitor()),
      webrtc_(
          pipeline_, transport,
          {.on_answer =
               [this](const std::string& sdp) {
                 if (!is_closing_) on_answer(sdp);
               },
           .on_refused =
               [this](const std::string& why) { fail("bad-offer", "the server could not answer this offer: " + why); },
           .on_candidate =
               [this](const Candidate& candidate) {
                 if (!is_closing_) on_candidate(candidate);
               },
           .on_no_candidate = [this](const std::string& why) { fail("no-port", why); },
           .on_state = [this](GstWebRTCPeerConnectionState state) { on_state(state); },
           .on_step = [this](const std::string& what) { log_->debug("{}", what); },
           .on_settled =
               [this] {
                 if (is_closing_) handlers_.on_closed();
               }},
          loop, metrics),
      timeout_(std::make_unique<Timer>(kConnectWithin, Timer::Repeat::once,
                                       [this] {
                                         fail_to_connect("not-connected",
                                                         "no media connection within 10 s: UDP between you and the "
                                                         "server seems blocked");
                                       })),
      rungs_(std::in_place, rtp_, channel.broadcasts(), watched_,
             [this](const std::string& why) { fail("no-pictures", why); }) {
  webrtc_.send(rtp_, metrics);
  rtp_.monitor()->on_limited(handlers_.on_limited);
  viewers_in(state_).add();
}

Viewer::~Viewer() {
  close();
}

void Viewer::answer(Offer offer, bool whole) {
  log_->debug("offer: {} as payload {}, media section {}", encoding_name(choice_.codec), choice_.payload.type,
              choice_.mline_index);
  // Errors of play() arrive on the bus.
  wants_whole_answer_ = whole;
  offered_ = offer.ice_credentials();
  if (pipeline_.play()) webrtc_.answer(std::move(offer), choice_);
}

void Viewer::on_answer(const std::string& sdp) {
  if (wants_whole_answer_) {
    held_answer_ = sdp;
    gathering_ = std::make_unique<Timer>(kGatherWithin, Timer::Repeat::once, [this] { send_whole_answer(false); });
    return;
  }
  handlers_.on_answer({.sdp = sdp, .media_clock = rtp_.media_clock(), .offered = offered_});
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
  log_->debug("remote candidate: {}", candidate.text.empty() ? "end of candidates" : candidate.text);
  webrtc_.add_candidate(candidate);
}

void Viewer::close() {
  if (std::exchange(is_closing_, true)) return;
  timeout_.reset();
  gathering_.reset();
  rtp_.monitor()->on_limited(nullptr);
  rungs_.reset();
  viewers_in(state_).add(-1);
  if (is_connected_) viewers_shown().add(-1);
  if (std::exchange(is_slowed_, false)) slowed_.add(-1);
}

Metric& Viewer::viewers_shown() {
  return metrics_.get("viewers_shown",
                      {{"codec", std::string(encoding_name(choice_.codec))}, {"size", text_of(shown().size)}});
}

Metric& Viewer::viewers_in(ViewerState state) {
  return metrics_.get("viewers",
                      {{"codec", std::string(encoding_name(choice_.codec))}, {"state", std::string(name_of(state))}});
}

void Viewer::enter(ViewerState state) {
  if (is_closing_) return;
  viewers_in(std::exchange(state_, state)).add(-1);
  viewers_in(state).add();
}

void Viewer::fail(const std::string& code, const std::string& message) {
  if (is_closing_) return;
  handlers_.on_over(code, message);
}

void Viewer::on_state(GstWebRTCPeerConnectionState state) {
  log_->debug("{}", name_of(state));
  if (is_closing_) return;
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED && !is_connected_) return connected();
  if (state != GST_WEBRTC_PEER_CONNECTION_STATE_FAILED) return;
  if (is_connected_) return fail("ice-failed", "the media connection was lost");
  fail_to_connect("ice-failed", "ICE found no working connection: UDP between you and the server seems blocked");
}

void Viewer::on_pipeline_error(const std::string& what) {
  log_->debug("pipeline failed: {}", what);
  if (is_closing_) return;
  // Recognize DTLS errors by the element name. The DTLS elements fail only on received packets, so ICE is connected
  // even if webrtcbin has not reported it yet.
  if (!is_connected_ && what.starts_with("dtls")) return fail("dtls-failed", kNoHandshake);
  fail("media-failed", "the server could not send the video; try again");
}

void Viewer::fail_to_connect(const std::string& code, const std::string& message) {
  if (webrtc_.has_path()) return fail("dtls-failed", kNoHandshake);
  fail(code, message);
}

void Viewer::connected() {
  try {
    begin_sending();
  } catch (const StartupError& error) {
    log_->error("{}", error.what());
    fail("media-failed", "the server could not send the video; try again");
  }
}

void Viewer::begin_sending() {
  // RFC 8827, section 6.5. Check this first: nothing feeds the pipeline yet, so no RTP has been sent.
  if (!matches_any(choice_.fingerprints, webrtc_.remote_certificate()))
    return fail("certificate-mismatch",
                "the DTLS certificate does not match the fingerprint in the offer; another party may have intercepted "
                "the connection");
  webrtc_.connected(rtp_, metrics_);  // before the state changes, because it may throw
  is_connected_ = true;
  sampled_at_ = Clock::now();
  connected_after_ = sampled_at_ - born_;
  enter(ViewerState::connected);
  viewers_shown().add();
  timeout_.reset();
  connected_.add();
  handlers_.on_connected();
  pipeline_.settle_latency();  // otherwise rtpsession sends sender reports without NTP time
  rungs_->start();
  log_->info("connected after {:.0f} ms", milliseconds_since(born_));
}

}  // namespace cs
