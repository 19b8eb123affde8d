// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "congestion/network_estimate.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "ladder/adaptation.hpp"
#include "ladder/rung_switch.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "rtp/rtp_sink.hpp"
#include "session/webrtc_bin.hpp"

namespace cs {

/// One viewer: its own pipeline from access units to the network, and its negotiation. A failure of one viewer does not
/// affect the others. End it with close() and destroy it when is_closed(). Main thread only.
class Viewer {
 public:
  struct Handlers {
    std::function<void(const SendAnswer&)> on_answer;
    std::function<void(const Candidate&)> on_candidate;
    std::function<void()> on_connected;
    /// Called when the network state of the viewer changes. False: the message could not be queued and is sent again
    /// later. Must not destroy the viewer.
    std::function<bool(const SendNetwork&)> on_network;
    /// The network capacity decreased. Runs on a GStreamer thread.
    std::function<void()> on_limited;
    /// The session failed: an error code and a sentence for the client. May destroy the viewer.
    std::function<void(const std::string& code, const std::string& message)> on_over;
    /// After close(): the viewer can be destroyed now, but not from inside this call.
    std::function<void()> on_closed;
  };

  /// `id` is the name in the log, `channel` the channel of `choice`. Throws StartupError when the pipeline cannot be
  /// created.
  Viewer(std::string id, const NegotiatedMedia& choice, const TransportSetup& transport, const Channel& channel,
         Handlers handlers, Loop& loop, Metrics& metrics);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// Answers the offer from which `choice` was made. `whole`: the client cannot trickle, so the answer must contain all
  /// candidates.
  void answer(Offer offer, bool whole);

  void add_candidate(const Candidate& candidate);

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// When the offer arrived.
  [[nodiscard]] TimePoint born() const { return born_; }

  /// The signalling connection is lost; streaming continues.
  void orphan() { enter(ViewerState::orphaned); }

  /// Samples the statistics for figures() and for the distributions over all viewers. Call it about once a second.
  void look(TimePoint now);
  /// The figures without the client id.
  [[nodiscard]] ViewerFigures figures() const;

  /// The network state for the adaptation, without the client id. Completes pending rung switches. Call it a few times
  /// a second.
  [[nodiscard]] Watching watching(TimePoint now);
  /// Switches the viewer to another rung of its channel.
  void move_to(std::size_t rung) { rungs_->move_to(rung); }

  /// Whether the peer of a connected viewer is still alive.
  [[nodiscard]] const PeerLiveness& liveness() const { return webrtc_.liveness(); }

  /// Stops sending. After it, no handler is called except on_closed.
  void close();

  /// Whether no negotiation is in progress, so that webrtcbin can be stopped without a leak.
  [[nodiscard]] bool is_closed() const { return !webrtc_.is_negotiating(); }

  /// What its webrtcbin lacks, see missing_elements(). Call it after an answer.
  [[nodiscard]] std::vector<std::string> missing_internals() const { return webrtc_.missing_internals(); }

 private:
  [[nodiscard]] Metric& viewers_in(ViewerState state);
  [[nodiscard]] Metric& viewers_shown();
  void enter(ViewerState state);
  void fail(const std::string& code, const std::string& message);
  void on_state(GstWebRTCPeerConnectionState state);
  void on_pipeline_error(const std::string& what);
  void fail_to_connect(const std::string& code, const std::string& message);
  void connected();
  void begin_sending();
  void sample_network(TimePoint now);
  void count_moves();
  void send_network();
  [[nodiscard]] const FrameFormat& shown() const { return formats_[rung_]; }
  [[nodiscard]] bool is_limited() const { return rung_ > 0 || is_slowed_; }
  void on_answer(const std::string& sdp);
  void on_candidate(const Candidate& candidate);
  void send_whole_answer(bool all_candidates);

  const NegotiatedMedia choice_;
  const std::vector<FrameFormat> formats_;  // of each rung
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
  SendNetwork sent_network_;
  TimePoint sampled_at_;
  std::size_t rung_ = 0;  // at the last call of count_moves()
  int down_ = 0;
  int up_ = 0;
  double limited_s_ = 0;

  bool is_connected_ = false;
  bool is_closing_ = false;
  bool wants_whole_answer_ = false;      // until the answer was sent
  std::vector<IceCredentials> offered_;  // of the sections of the offer
  std::string held_answer_;
  std::vector<Candidate> held_candidates_;
  std::unique_ptr<Timer> gathering_;            // while an answer is held
  const std::shared_ptr<WatchedRung> watched_;  // shared with the keyframe request callback
  Pipeline pipeline_;
  RtpSink rtp_;
  NetworkEstimate path_;
  WebRtcBin webrtc_;
  std::unique_ptr<Timer> timeout_;  // until connected
  std::optional<RungSwitch> rungs_;
};

}  // namespace cs
