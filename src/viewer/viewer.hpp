// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "viewer/rtp_sink.hpp"
#include "viewer/rung_switch.hpp"
#include "viewer/webrtc_bin.hpp"

namespace cs {

/// One browser that watches: a pipeline of its own from access units to the network, and the negotiation that leads
/// there. Whatever happens to it, nobody else notices. It is let go by retire() and destroyed once it can_go().
/// Main thread only.
class Viewer {
 public:
  struct Handlers {
    std::function<void(const SendAnswer&)> on_answer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void()> on_connected;
    /// Whether its network is too slow for the pictures, and what it carries then, at each change; false: it could not
    /// be told, so tell it again. May not destroy the viewer.
    std::function<bool(const SendNetwork&)> on_network;
    /// It cannot go on: a code word and a sentence for the client. May destroy the viewer.
    std::function<void(const std::string& code, const std::string& message)> on_over;
    /// After retire(): it can go now. May not destroy the viewer at once.
    std::function<void()> on_can_go;
  };

  /// `id` is its name in the log, `peer` where its signalling comes from, `rungs` the streams of its codec, the full
  /// one first. Throws Fatal when the pipeline cannot be made.
  Viewer(std::string id, const OfferChoice& choice, const IceConfig& ice, IpAddress::Reach peer,
         const std::vector<Broadcast*>& rungs, Handlers handlers, Loop& loop, Metrics& metrics);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// Answers the offer that `choice` came from.
  void answer(const ClientOffered& offer);

  void add_candidate(const Candidate& candidate);

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// When it offered.
  [[nodiscard]] TimePoint born() const { return born_; }

  /// Its signalling is gone, and it watches on.
  void orphan() { enter(ViewerState::orphaned); }

  /// Looks at how it is doing, for figures() and for the distributions over all viewers. Call it about once a second.
  void look(TimePoint now);
  /// All but whose they are.
  [[nodiscard]] ViewerFigures figures() const;

  /// Whether the peer of a connected viewer is still there.
  [[nodiscard]] const Pulse& pulse() const { return webrtc_.pulse(); }

  /// Ends the watching: no more pictures, no more calls but on_can_go.
  void retire();

  /// Whether webrtcbin is between two steps, where it can be stopped without leaving anything behind.
  [[nodiscard]] bool can_go() const { return !webrtc_.is_negotiating(); }

 private:
  [[nodiscard]] Metric& viewers_in(ViewerState state);
  void enter(ViewerState state);
  void over(const std::string& code, const std::string& message);
  void on_state(GstWebRTCPeerConnectionState state);
  void connected();
  void look_at_network(TimePoint now);
  void on_answer(const std::string& sdp);
  void on_candidate(const Candidate& candidate);
  void send_whole_answer(bool all_candidates);

  const OfferChoice choice_;
  const Handlers handlers_;
  const Log log_;
  const TimePoint born_ = Clock::now();
  Metrics& metrics_;
  Metric& connected_;
  Metric& packets_lost_;
  Metric& slowed_;
  Distribution& round_trips_;
  Distribution& losses_;
  Distribution& jitters_;
  Distribution& rates_;
  Distribution& carries_;

  ViewerState state_ = ViewerState::connecting;
  std::optional<Clock::duration> connected_after_;
  std::optional<Reception> reception_;
  bool is_slowed_ = false;
  SendNetwork told_network_;
  TimePoint looked_at_;
  std::int64_t bytes_then_ = 0;
  double bytes_per_second_ = 0;

  bool is_connected_ = false;
  bool is_retired_ = false;
  bool wants_whole_answer_ = false;  // until it was sent
  std::string held_answer_;
  std::vector<Candidate> held_candidates_;
  std::unique_ptr<Timer> gathering_;            // while an answer is held
  const std::shared_ptr<WatchedRung> watched_;  // shared with who asks for keyframes
  Pipeline pipeline_;
  RtpSink rtp_;
  WebRtcBin webrtc_;
  std::unique_ptr<Timer> patience_;  // until it is connected
  std::optional<RungSwitch> rungs_;
};

}  // namespace cs
