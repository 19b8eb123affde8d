// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/inbox.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/ice_config.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/subscription.hpp"
#include "cubestream/viewer_figures.hpp"
#include "gst/gstreamer.hpp"
#include "ladder/adaptation.hpp"
#include "process/memory_trim.hpp"
#include "session/admission.hpp"
#include "session/departures.hpp"
#include "session/viewer.hpp"

namespace cs {

/// The elements that a viewer's pipeline needs, webrtcbin's own needs among them.
[[nodiscard]] std::span<const NeededElement> viewer_elements();

/// Everybody at the signalling HTTP server, and the viewers they asked for. A viewer whose signalling broke off, an
/// orphan, goes on watching for a while, and gives way when its place is needed. Main thread only.
class Viewers {
 public:
  struct Config {
    IceConfig ice = {};
    int max_viewers = 16;
    std::chrono::milliseconds grace = std::chrono::seconds(30);      ///< for an orphan
    std::chrono::milliseconds silence = std::chrono::seconds(8);     ///< without RTCP for longer, a viewer is gone
    std::chrono::milliseconds look_every = std::chrono::seconds(1);  ///< for what `grace` and `silence` end
    std::chrono::milliseconds depart_within =
        std::chrono::seconds(10);  ///< for webrtcbin's last steps of one that left
    /// How all viewers are doing, each `look_every` while there are any and whenever one comes or goes.
    std::function<void(ViewerList)> on_figures = [](const ViewerList&) {};
    /// Whether any client wants pictures with the stamp; called when that changes.
    std::function<void(bool wanted)> on_stamp_wanted = [](bool) {};
    /// Whether anybody watches; called when that changes.
    std::function<void(bool watched)> on_watched = [](bool) {};
    /// What the system does not let this process have of what one viewer more takes, as a sentence; empty: all is
    /// there.
    std::function<std::string()> shortage = viewer_shortage;
  };
  /// `channels` are what can be watched, the one we prefer first. What clients are told goes into `to_clients`, whose
  /// reserve has room for one SendClose per connection.
  Viewers(Config config, std::vector<Channel> channels, Inbox<ServerEvent>& to_clients, Loop& loop, Metrics& metrics);
  /// Tells the log of each viewer that is still here.
  ~Viewers();
  Viewers(const Viewers&) = delete;
  Viewers& operator=(const Viewers&) = delete;

  /// What a client did.
  void on_event(const ClientEvent& event);

 private:
  static constexpr std::chrono::milliseconds kAdaptPause{20};

  struct Client {
    std::string address;
    std::string reached_at;
    bool wants_stamp = false;
  };
  struct Session {
    std::string address;
    std::string network;  // whose that is, see client_network_or_self()
    std::unique_ptr<Viewer> viewer;
    std::optional<TimePoint> orphan_until;
  };
  using Sessions = std::map<ClientId, Session>;

  void handle(ClientId id, const ClientJoined& joined);
  void handle(ClientId id, const ClientOffered& offered);
  void handle(ClientId id, const ClientTrickled& trickled);
  void handle(ClientId id, const ClientWantsStamp& wish);
  void handle(ClientId id, const ClientLeft& left);
  void begin(ClientId id, const NegotiatedMedia& choice, const ClientOffered& offered);
  /// Its session, if it has one, is over: why, by a word of kLeaveReasons, and in words for the log.
  void end(ClientId id, std::string_view reason, const std::string& words);
  /// For a newcomer of `network` who cannot come in. False: nobody gives way.
  [[nodiscard]] bool make_room(Admission::Decision decision, const std::string& network);
  [[nodiscard]] bool displace_orphan();
  void look_around();
  void adapt();
  void publish();
  [[nodiscard]] static ViewerFigures figures_of(const Sessions::value_type& entry);
  void tell(ClientId id, decltype(ServerEvent::what) what);
  /// False: it was not known.
  bool forget(ClientId id);
  void set_stamp_wish(Client& client, bool on);
  /// Of one without a session.
  void close(ClientId id, std::uint16_t code, const std::string& reason);
  void dismiss(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code);
  void refuse(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code);
  void end_departed();
  void take_down_departed();

  const Config config_;
  const DtlsIdentity identity_;  // of all viewers
  const std::vector<Channel> channels_;
  Inbox<ServerEvent>& to_clients_;
  Loop& loop_;
  Metrics& metrics_;
  Metric& joined_;
  Metric& orphans_;
  Admission admission_;
  Adaptation adaptation_;
  std::map<ClientId, Client> clients_;  // who can be told something
  TimePoint adapted_at_;
  const Wakeup adapt_now_{[this] {
    if (Clock::now() - adapted_at_ >= kAdaptPause) adapt();  // however often a client says so
  }};
  Sessions sessions_;
  Departures<Viewer> departing_;
  int stamps_wanted_ = 0;  // by how many clients
  int watching_ = 0;       // connected viewers
  std::unique_ptr<Timer> end_departed_;
  std::unique_ptr<Timer> looks_;   // while there are sessions
  std::unique_ptr<Timer> adapts_;  // likewise
  MemoryTrim memory_trim_;
};

}  // namespace cs
