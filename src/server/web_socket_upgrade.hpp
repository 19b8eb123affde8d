// SPDX-License-Identifier: MIT
#pragma once

#include <libwebsockets.h>

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "access/visitor.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "network/peer.hpp"

namespace cs {

/// The WebSockets that an HttpServer upgrades connections to. Net thread only.
class UpgradeTarget {
 public:
  virtual ~UpgradeTarget() = default;
  /// Whether another WebSocket may open now.
  [[nodiscard]] virtual bool accepts() const = 0;
  /// How many are open.
  [[nodiscard]] virtual std::size_t size() const = 0;
  /// Closes one connection to make room for another. False: none can be closed.
  [[nodiscard]] virtual bool evict() = 0;
};

/// A client whose connection becomes a WebSocket.
struct UpgradedClient {
  ConnectionEnds ends;
  Visitor visitor;
};

/// Passes connections that request a WebSocket at /ws to libwebsockets. Net thread only.
class WebSocketUpgrade {
 public:
  /// `subprotocol`: the only one that clients may offer.
  WebSocketUpgrade(std::string subprotocol, const UpgradeTarget& target);

  /// Returns the refusal of a request for a WebSocket; nullopt: call hand_over().
  [[nodiscard]] std::optional<Reply> refuse(const HttpRequest& request) const;

  /// Gives libwebsockets a second descriptor of a socket from which the request has not been read. The caller closes
  /// its own. False: no descriptor is free.
  [[nodiscard]] bool hand_over(int socket, lws_vhost* vhost, UpgradedClient client);

  /// The client of a connection that was handed over, by its new socket. Once; any other socket has one that may only
  /// view.
  [[nodiscard]] UpgradedClient take(int socket);

  /// For LWS_CALLBACK_HTTP_CONFIRM_UPGRADE. A result other than 0 ends the connection.
  [[nodiscard]] static int on_confirm(lws* wsi);

 private:
  const std::string subprotocol_;
  const UpgradeTarget& target_;
  std::unordered_map<int, UpgradedClient> clients_;  // by socket
};

}  // namespace cs
