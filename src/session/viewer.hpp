// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "gst/pipeline.hpp"
#include "ladder/adaptation.hpp"
#include "ladder/rung_switch.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "rtp/rtp_sink.hpp"
#include "session/viewer_metrics.hpp"
#include "session/viewer_network.hpp"
#include "session/viewer_observer.hpp"
#include "session/whole_answer.hpp"
#include "webrtc/webrtc_bin.hpp"

namespace cs {

/// One viewer: its own pipeline from access units to the network, and its negotiation. A failure of one viewer does not
/// affect the others. End it with close() and destroy it when is_closed(). Main thread only.
class Viewer final : private WebRtcObserver {
 public:
  /// `name` is used in the log; `channel` is the channel of `media`. The observer hears of this viewer by `id`, and
  /// must outlive this object, like `metrics`. Throws StartupError when the pipeline cannot be created.
  Viewer(ClientId id, const std::string& name, const NegotiatedMedia& media, const TransportSetup& transport,
         const Channel& channel, ViewerObserver& observer, Loop& loop, ViewerMetrics& metrics);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  /// Answers the offer from which `media` was made. `whole`: the client cannot trickle, so the answer must contain all
  /// candidates.
  void answer(Offer offer, bool whole);

  void add_candidate(const Candidate& candidate);

  [[nodiscard]] bool is_connected() const { return is_connected_; }

  /// When the offer arrived.
  [[nodiscard]] TimePoint born() const { return born_; }

  /// The signalling connection is lost; streaming continues.
  void orphan() { enter(ViewerState::orphaned); }

  /// Samples the statistics. Call it about once a second.
  void look(TimePoint now);
  [[nodiscard]] ViewerFigures figures() const;

  /// The scene has this size now.
  void set_scene(Size scene) { network_.set_scene(scene); }

  /// The network state for the adaptation. Completes pending rung switches. Call it a few times a second.
  [[nodiscard]] Watching watching(TimePoint now);
  /// Switches the viewer to another rung of its channel.
  void move_to(std::size_t rung) { rungs_->move_to(rung); }

  /// Whether the peer of a connected viewer is still alive.
  [[nodiscard]] const PeerLiveness& liveness() const { return webrtc_.liveness(); }

  /// Stops sending. After it, the observer hears only on_closed().
  void close();

  /// Whether no negotiation is in progress, so that webrtcbin can be stopped without a leak.
  [[nodiscard]] bool is_closed() const { return !webrtc_.is_negotiating(); }

  /// What its webrtcbin lacks, see missing_elements(). Call it after an answer.
  [[nodiscard]] std::vector<std::string> missing_internals() const { return webrtc_.missing_internals(); }

 private:
  void on_answer(const std::string& sdp) override;
  void on_candidate(const Candidate& candidate) override;
  void on_failed(const std::string& code, const std::string& sentence) override;
  void on_state(GstWebRTCPeerConnectionState state) override;
  void on_settled() override;
  void on_pipeline_error(const std::string& what);

  void enter(ViewerState state);
  void send_answer(const std::string& sdp);
  void send_news();
  void fail_to_connect(const std::string& code, const std::string& sentence);
  void begin_sending();

  const ClientId id_;
  const NegotiatedMedia media_;
  ViewerObserver& observer_;
  ViewerMetrics& metrics_;
  const Log log_;
  const TimePoint born_ = Clock::now();

  ViewerState state_ = ViewerState::connecting;
  std::optional<Clock::duration> connected_after_;
  bool is_connected_ = false;
  bool is_closing_ = false;
  bool wants_whole_answer_ = false;
  std::vector<IceCredentials> offered_;  // of the sections of the offer, until the answer is sent
  WholeAnswer whole_answer_;
  const std::shared_ptr<WatchedRung> watched_;  // shared with the keyframe request callback
  Pipeline pipeline_;
  RtpSink rtp_;
  ViewerNetwork network_;
  WebRtcBin webrtc_;
  std::unique_ptr<Timer> timeout_;  // until connected
  std::optional<RungSwitch> rungs_;
};

}  // namespace cs
