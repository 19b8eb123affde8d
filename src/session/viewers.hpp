// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "ice/ice_config.hpp"
#include "ladder/adaptation.hpp"
#include "loop/inbox.hpp"
#include "loop/loop.hpp"
#include "loop/wakeup.hpp"
#include "session/admission.hpp"
#include "session/clients.hpp"
#include "session/departing_viewers.hpp"
#include "session/sessions.hpp"
#include "session/viewer.hpp"
#include "session/viewer_metrics.hpp"
#include "session/viewer_observer.hpp"

namespace cs {

/// The clients of the signalling server and their viewers. An orphan is a viewer whose signalling connection was lost:
/// it keeps streaming for a grace period and is replaced when a new viewer needs its slot. Main thread only.
class Viewers final : private ViewerObserver {
 public:
  struct Config {
    IceConfig ice = {};
    int max_viewers = 16;
    std::chrono::milliseconds grace = std::chrono::seconds(30);   ///< how long an orphan keeps streaming
    std::chrono::milliseconds silence = std::chrono::seconds(8);  ///< without packets for longer, a viewer is removed
    std::chrono::milliseconds look_every = std::chrono::seconds(1);  ///< interval of these checks
    std::chrono::milliseconds depart_within =
        std::chrono::seconds(10);  ///< time limit for webrtcbin to finish after a viewer was closed
    /// Receives the figures of all viewers: every `look_every` while there are viewers, and when a session starts or
    /// ends.
    std::function<void(ViewerList)> on_figures = [](const ViewerList&) {};
    /// Whether any client wants the timestamp stamp in the video; called when that changes.
    std::function<void(bool wanted)> on_stamp_wanted = [](bool) {};
    /// Whether any viewer is connected; called when that changes.
    std::function<void(bool watched)> on_watched = [](bool) {};
    /// Returns an empty string, or a sentence that says which resource is missing for another viewer.
    std::function<std::string()> shortage = viewer_shortage;
  };
  /// `channels` are the available streams, in order of preference. Messages to clients go into `to_clients`, whose
  /// reserve holds one SendClose per connection.
  Viewers(Config config, std::vector<Channel> channels, Inbox<ServerEvent>& to_clients, Loop& loop, Metrics& metrics);
  /// Ends all sessions and logs each of them.
  ~Viewers();
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  /// The scene has another size now, and all streams follow; until then it has the configured one.
  void set_scene(Size scene);

  /// Handles an event of a client.
  void on_event(const ClientEvent& event);

 private:
  static constexpr std::chrono::milliseconds kAdaptPause{20};

  void handle(ClientId id, const ClientJoined& joined);
  void handle(ClientId id, const ClientOffered& offered);
  void handle(ClientId id, const ClientTrickled& trickled);
  void handle(ClientId id, const ClientWantsStamp& wish) { clients_.set_stamp_wish(id, wish.on); }
  void handle(ClientId id, const ClientLeft& left);

  void send(ClientId viewer, ServerMessage message) override;
  [[nodiscard]] bool try_send(ClientId viewer, const SendNetwork& news) override;
  void on_connected(ClientId viewer) override;
  void on_failed(ClientId viewer, const std::string& code, const std::string& sentence) override;
  void on_closed() override { departing_.sweep_soon(); }
  void on_limited() override { adapt_now_.wake(); }

  void begin(ClientId id, const NegotiatedMedia& media, Offer offer, bool whole);
  /// Ends the session of the client, if it has one. `reason` is a word of kLeaveReasons, `words` explains it in the
  /// log.
  void end(ClientId id, std::string_view reason, const std::string& words);
  /// Ends one session to admit a new one of `network`. False: no session can be replaced.
  [[nodiscard]] bool make_room(Admission::Decision decision, const std::string& network);
  void check_sessions();
  void adapt();
  void publish() { config_.on_figures(sessions_.figures()); }
  /// Ends the session with an error, and closes the connection.
  void dismiss(ClientId id, const SendError& error);
  void refuse(ClientId id, const SendError& error);

  const Config config_;
  const DtlsIdentity identity_;  // used for all viewers
  const std::vector<Channel> channels_;
  Loop& loop_;
  ViewerMetrics metrics_;
  std::optional<Size> scene_;  // none: as configured
  Clients clients_;
  Adaptation adaptation_;
  TimePoint adapted_at_;
  const Wakeup adapt_now_{[this] {
    if (Clock::now() - adapted_at_ >= kAdaptPause) adapt();  // limits how often clients can trigger it
  }};
  Sessions sessions_;
  DepartingViewers departing_;
  std::unique_ptr<Timer> check_timer_;  // while there are sessions
  std::unique_ptr<Timer> adapt_timer_;  // while there are sessions
  std::unique_ptr<Timer> stop_timers_;  // they must not stop themselves
};

}  // namespace cs
