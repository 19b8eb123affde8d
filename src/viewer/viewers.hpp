// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/inbox.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/ice_config.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/stream.hpp"
#include "cubestream/subscription.hpp"
#include "gst/gstreamer.hpp"
#include "viewer/viewer.hpp"

namespace cs {

/// The elements that a viewer's pipeline needs, webrtcbin's own needs among them.
[[nodiscard]] std::span<const NeededElement> viewer_elements();

/// Everybody who is connected to the signalling door, and the viewers they asked for. Main thread only.
class Viewers {
 public:
  struct Config {
    Stream stream;
    IceConfig ice;
    int max_viewers = 16;
  };
  /// What clients are told goes into `to_clients`, whose reserve has room for one SendClose per connection.
  Viewers(Config config, Broadcast& broadcast, Inbox<ServerEvent>& to_clients, Loop& loop, Metrics& metrics);

  /// What a client did.
  void on_event(const ClientEvent& event);

  /// Answers an offer of its own once, so that the first viewer finds everything loaded, keys made, and a TURN server
  /// checked. Runs the loop meanwhile. Throws Fatal when no answer comes.
  void rehearse();

 private:
  struct Client {
    std::string address;
    std::unique_ptr<Viewer> viewer;
  };
  void handle(ClientId id, const ClientJoined& joined);
  void handle(ClientId id, const ClientOffered& offered);
  void handle(ClientId id, const ClientTrickled& trickled);
  void handle(ClientId id, const ClientLeft& left);
  void tell(ClientId id, decltype(ServerEvent::what) what);
  void close(ClientId id, std::uint16_t code, const std::string& reason);
  void dismiss(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code);
  void refuse(ClientId id, const std::string& code, const std::string& message, std::uint16_t close_code);
  void retire(std::unique_ptr<Viewer> viewer);
  void end_departed();
  [[nodiscard]] int watching() const;

  const Config config_;
  Broadcast& broadcast_;
  Inbox<ServerEvent>& to_clients_;
  Loop& loop_;
  Metrics& metrics_;
  Metric& joined_;
  Metric& refused_;
  std::map<ClientId, Client> clients_;
  std::vector<std::unique_ptr<Viewer>> departing_;  // retired, and gone as soon as they can
  std::unique_ptr<Timer> end_departed_;
};

}  // namespace cs
