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
#include "congestion/network_estimate.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "ladder/adaptation.hpp"
#include "ladder/rung_switch.hpp"
#include "rtp/rtp_sink.hpp"
#include "session/webrtc_bin.hpp"

namespace cs {

/// One browser that watches: a pipeline of its own from access units to the network, and the negotiation that leads
/// there. Whatever happens to it, nobody else notices. It is let go by close() and destroyed once it is_closed().
/// Main thread only.
class Viewer {
 public:
  struct Handlers {
    std::function<void(const SendAnswer&)> on_answer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void()> on_connected;
    /// What its network makes of the pictures, at each change; false: it could not be told, so tell it again. May not
    /// destroy the viewer.
    std::function<bool(const SendNetwork&)> on_network;
    /// Its network carries less than was known; on a thread of GStreamer's.
    std::function<void()> on_limited;
    /// It cannot go on: a code word and a sentence for the client. May destroy the viewer.
    std::function<void(const std::string& code, const std::string& message)> on_over;
    /// After close(): it can go now. May not destroy the viewer at once.
    std::function<void()> on_closed;
  };

  /// `id` is its name in the log, `channel` the one it chose. Throws StartupError when the pipeline cannot be made.
  Viewer(std::string id, const NegotiatedMedia& choice, const TransportSetup& transport, const Channel& channel,
         Handlers handlers, Loop& loop, Metrics& metrics);
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

  /// What is known of its network, but whose it is. Call it a few times a second: it settles what moves have left.
  [[nodiscard]] Watching watching(TimePoint now);
  /// Its pictures are to come from that rung of its channel.
  void move_to(std::size_t rung) { rungs_->move_to(rung); }

  /// Whether the peer of a connected viewer is still there.
  [[nodiscard]] const PeerLiveness& liveness() const { return webrtc_.liveness(); }

  /// Ends the watching: no more pictures, no more calls but on_closed.
  void close();

  /// Whether webrtcbin is between two steps, where it can be stopped without leaving anything behind.
  [[nodiscard]] bool is_closed() const { return !webrtc_.is_negotiating(); }

 private:
  [[nodiscard]] Metric& viewers_in(ViewerState state);
  [[nodiscard]] Metric& viewers_shown();
  void enter(ViewerState state);
  void over(const std::string& code, const std::string& message);
  void on_state(GstWebRTCPeerConnectionState state);
  void on_pipeline_error(const std::string& what);
  void not_connected(const std::string& code, const std::string& message);
  void connected();
  void begin_sending();
  void look_at_network(TimePoint now);
  void count_moves();
  void tell_network();
  [[nodiscard]] const FrameFormat& shown() const { return formats_[rung_]; }
  [[nodiscard]] bool is_limited() const { return rung_ > 0 || is_slowed_; }
  void on_answer(const std::string& sdp);
  void on_candidate(const Candidate& candidate);
  void send_whole_answer(bool all_candidates);

  const NegotiatedMedia choice_;
  const std::vector<FrameFormat> formats_;  // of the rungs
  const Handlers handlers_;
  const Log log_;
  const TimePoint born_ = Clock::now();
  Metrics& metrics_;
  Metric& connected_;
  Metric& packets_lost_;
  Metric& slowed_;
  Metric& limited_seconds_;
  Metric& moves_down_;
  Metric& moves_up_;
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
  std::size_t rung_ = 0;  // as it was last looked at
  int down_ = 0;
  int up_ = 0;
  double limited_s_ = 0;

  bool is_connected_ = false;
  bool is_closing_ = false;
  bool wants_whole_answer_ = false;  // until it was sent
  std::string held_answer_;
  std::vector<Candidate> held_candidates_;
  std::unique_ptr<Timer> gathering_;            // while an answer is held
  const std::shared_ptr<WatchedRung> watched_;  // shared with who asks for keyframes
  Pipeline pipeline_;
  RtpSink rtp_;
  NetworkEstimate path_;
  WebRtcBin webrtc_;
  std::unique_ptr<Timer> timeout_;  // until it is connected
  std::optional<RungSwitch> rungs_;
};

}  // namespace cs
