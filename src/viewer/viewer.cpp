// SPDX-License-Identifier: MIT
#include "viewer/viewer.hpp"

#include <cstdlib>
#include <utility>

#include "viewer/sdp.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kConnectWithin{10};
constexpr std::chrono::seconds kGatherWithin{1};  // a TURN server may be slow, and its candidates are then left out

constexpr double kKbit = 1000;
constexpr double kMuchLoss = 0.1;
constexpr double kLeastSpan = 0.1;  // seconds over which a rate is taken

// Bounds of what is told of all viewers together.
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

double milliseconds_since(TimePoint then) {
  return std::chrono::duration<double, std::milli>(Clock::now() - then).count();
}

}  // namespace

Viewer::Viewer(std::string id, const OfferChoice& choice, const IceConfig& ice, IpAddress::Reach peer,
               const std::vector<Broadcast*>& rungs, Handlers handlers, Loop& loop, Metrics& metrics)
    : choice_(choice),
      handlers_(std::move(handlers)),
      log_(make_log(id)),
      metrics_(metrics),
      connected_(metrics.get("viewers_connected_total")),
      packets_lost_(metrics.get("viewer_packets_lost_total")),
      slowed_(metrics.get("viewers_slowed")),
      round_trips_(metrics.distribution("viewer_round_trip_seconds", kTimes)),
      losses_(metrics.distribution("viewer_loss_ratio", kShares)),
      jitters_(metrics.distribution("viewer_jitter_seconds", kTimes)),
      rates_(metrics.distribution("viewer_bytes_per_second", kRates)),
      carries_(metrics.distribution("viewer_network_bytes_per_second", kRates)),
      watched_(std::make_shared<WatchedRung>(rungs)),
      pipeline_(id, {.on_error =
                         [this](const std::string& what) {
                           log_->debug("its pipeline failed: {}", what);
                           over("media-failed", "the server could not send the picture; try again");
                         },
                     .on_end = {}}),
      rtp_(
          choice, [watched = watched_] { watched->request_keyframe(); }, metrics),
      webrtc_(
          pipeline_, ice, peer,
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
      rungs_(std::in_place, rtp_, rungs, watched_, [this](const std::string& why) { over("no-pictures", why); }) {
  webrtc_.send(rtp_);
  viewers_in(state_).add();
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
  rungs_.reset();
  viewers_in(state_).add(-1);
  if (std::exchange(is_slowed_, false)) slowed_.add(-1);
}

Metric& Viewer::viewers_in(ViewerState state) {
  return metrics_.get("viewers",
                      {{"codec", std::string(encoding_name(choice_.codec))}, {"state", std::string(name_of(state))}});
}

void Viewer::enter(ViewerState state) {
  if (is_retired_) return;
  viewers_in(std::exchange(state_, state)).add(-1);
  viewers_in(state).add();
}

void Viewer::look_at_network(TimePoint now) {
  const bool slow = rtp_.gauge()->is_slow(now);
  if (is_retired_) return;
  if (std::exchange(is_slowed_, slow) != slow) {
    slowed_.add(slow ? 1 : -1);
    log_->info("{}", slow ? "its network is too slow for the pictures, so some are left out"
                          : "its network is fast enough for the pictures");
  }
  SendNetwork news{.slow = slow};
  if (const auto carries = rtp_.gauge()->carries(); slow && carries)
    news.carries_kbps = static_cast<int>(*carries / kKbit);
  const int told = told_network_.carries_kbps;
  const bool differs = std::abs(news.carries_kbps - told) > told / 4;
  if ((news.slow != told_network_.slow || differs) && handlers_.on_network(news)) told_network_ = news;
}

void Viewer::look(TimePoint now) {
  if (!is_connected_) return;
  const auto bytes = rtp_.sent().bytes;
  if (const double seconds = std::chrono::duration<double>(now - looked_at_).count(); seconds > kLeastSpan) {
    bytes_per_second_ = static_cast<double>(bytes - std::exchange(bytes_then_, bytes)) / seconds;
    looked_at_ = now;
    rates_.add(bytes_per_second_);
    if (const auto carries = rtp_.gauge()->carries()) carries_.add(*carries / 8);
  }
  look_at_network(now);
  const auto report = webrtc_.report();
  if (!report || !report->is_new) return;
  const Reception& latest = report->reception;
  // What came twice is not lost any more, so this number can fall; a counter cannot.
  const std::int64_t newly_lost = latest.packets_lost - (reception_ ? reception_->packets_lost : 0);
  if (newly_lost > 0) packets_lost_.add(newly_lost);
  if (latest.round_trip_s) {
    round_trips_.add(*latest.round_trip_s);
    rtp_.gauge()->set_round_trip(std::chrono::milliseconds(static_cast<int>(*latest.round_trip_s * 1000)));
  }
  losses_.add(latest.loss);
  webrtc_.repeat(latest.loss >= kMuchLoss && !is_slowed_);  // where packets wait, more of them are no help
  jitters_.add(latest.jitter_s);
  reception_ = latest;
}

ViewerFigures Viewer::figures() const {
  const auto sent = rtp_.sent();
  return {.codec = choice_.codec,
          .state = state_,
          .since = born_,
          .connected_after = connected_after_,
          .bytes = sent.bytes,
          .packets = sent.packets,
          .pictures = sent.pictures,
          .pictures_skipped = sent.pictures_skipped,
          .pictures_skipped_for_network = sent.pictures_skipped_for_network,
          .slowed = is_slowed_,
          .bytes_per_second = bytes_per_second_,
          .carries_bits_per_second = rtp_.gauge()->carries(),
          .reception = reception_};
}

void Viewer::over(const std::string& code, const std::string& message) {
  if (is_retired_) return;
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
  looked_at_ = Clock::now();
  connected_after_ = looked_at_ - born_;
  enter(ViewerState::connected);
  patience_.reset();
  connected_.add();
  webrtc_.connected(rtp_, metrics_);
  handlers_.on_connected();
  pipeline_.settle_latency();  // or rtpsession writes no time into its sender reports
  rungs_->start();
  log_->info("connected after {:.0f} ms", milliseconds_since(born_));
}

}  // namespace cs
