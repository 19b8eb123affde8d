// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/metrics.hpp"
#include "control/input_hub.hpp"
#include "cubestream/signalling.hpp"
#include "http/timeouts.hpp"
#include "network/peer.hpp"
#include "network/pending_connections.hpp"
#include "server/connection_limiter.hpp"
#include "server/web_socket_upgrade.hpp"
#include "signalling/client_registry.hpp"
#include "signalling/messages.hpp"
#include "signalling/web_socket_connection.hpp"

namespace cs {

/// The clients at /ws: passes their messages to the viewers and the viewers' events to them. Net thread only.
class WebSocketHub final : public UpgradeTarget {
 public:
  struct Config {
    std::size_t max_silent;  ///< connections without an offer; one more evicts one of them
    WebSocketTimeouts timeouts = {};
    InputHub::Config input = {};
  };

  /// All references must outlive this object. `slot`: for input.
  WebSocketHub(const Config& config, ConnectionLimiter& limiter, ClientRegistry& registry, InputSlot& slot,
               Metrics& metrics);

  [[nodiscard]] bool accepts() const override { return !is_stopping_ && !registry_.is_behind(); }
  [[nodiscard]] std::size_t size() const override { return clients_.size(); }
  [[nodiscard]] bool evict() override;

  /// Sends an event to its client; false: no client here has this id.
  [[nodiscard]] bool deliver(const ServerEvent& event);

  /// Sends SceneState::notice to all clients if it has changed, and to those that come.
  void set_notice(std::string_view notice);

  [[nodiscard]] InputHub& input() { return input_; }

  /// Refuses new connections and closes all others, with 1001. They are gone when size() is 0.
  void stop();

  // What libwebsockets calls. `connection`: the place for it in the per-connection data.
  void on_established(lws* wsi, UpgradedClient from, WebSocketConnection*& connection);
  void on_receive(WebSocketConnection& connection, std::string_view piece);
  void on_timer(WebSocketConnection& connection);
  void on_closed(WebSocketConnection*& connection);

 private:
  struct Client {
    std::unique_ptr<WebSocketConnection> connection;
    Visitor visitor = {};
    bool has_joined = false;  ///< the viewers know it
  };

  void on_message(WebSocketConnection& connection, ClientMessage message);
  [[nodiscard]] std::optional<InputError> on_input(WebSocketConnection& connection, ClientMessage& message);
  void send_input_message(ClientId client, const std::string& text, InputHub::Priority priority);
  void on_protocol_error(WebSocketConnection& connection, const ProtocolError& error);
  static void refuse(WebSocketConnection& connection, std::string_view sentence);

  const Config config_;
  ConnectionLimiter& limiter_;
  ClientRegistry& registry_;
  Metric& open_;
  Metric& messages_in_;
  Metric& messages_bad_;
  Metric& messages_flood_;
  Metric& silent_closed_;
  Metric& outbox_refused_;
  Metric& reports_lost_;
  std::unordered_map<ClientId, Client> clients_;
  InputHub input_;
  PendingConnections<WebSocketConnection> silent_;  // without an offer
  std::string notice_;
  bool is_stopping_ = false;
};

}  // namespace cs
