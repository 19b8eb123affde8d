// SPDX-License-Identifier: MIT
#pragma once

#include <libwebsockets.h>

#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/fd.hpp"
#include "base/inbox.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/signalling.hpp"
#include "http/api_handler.hpp"
#include "http/http_connection.hpp"
#include "http/request_authorizer.hpp"
#include "http/routes.hpp"
#include "network/pending_connections.hpp"
#include "network/per_client_counter.hpp"
#include "signalling/client_registry.hpp"
#include "signalling/web_server.hpp"
#include "signalling/web_socket_connection.hpp"
#include "signalling/whep_handler.hpp"

namespace cs {

/// The libwebsockets context and everything that hangs on it. Built, run and destroyed on the net thread.
class Server {
 public:
  /// Takes over a socket that listens. Throws StartupError.
  Server(WebServerConfig config, Fd listener, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers,
         ApiInboxes api, Metrics& metrics);
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// For lws_cancel_service(), which any thread may call while this exists.
  [[nodiscard]] lws_context* context() const { return context_.get(); }

  /// Serves until `stop`, then says goodbye.
  void run(const std::stop_token& stop);

 private:
  /// What libwebsockets keeps for us per connection, all zero at first.
  struct Session {
    HttpConnection* http;
    WebSocketConnection* connection;  ///< once it is a WebSocket
  };

  struct Client {
    std::unique_ptr<WebSocketConnection> connection;
    bool joined = false;  ///< the viewers know of it
  };

  struct Timer {
    lws_sorted_usec_list_t entry = {};  // first, because libwebsockets hands out its address
    Server* server;
  };

  static int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t len);
  static int pass_on(Server& server, lws* wsi, lws_callback_reasons reason, Session* session, std::string_view in);

  // Connections come and go.
  void accept_some();
  [[nodiscard]] bool accept_one();
  void wait_to_accept(int error);
  void count(lws* wsi, int change);
  [[nodiscard]] ConnectionEnds ends_of(int socket) const;
  [[nodiscard]] std::string untrusted_network(const std::string& address) const;
  [[nodiscard]] bool has_room();
  void await_request(HttpConnection& http);
  /// Counts a request that a proxy passes on for its client, until it is answered. False: the client has too many.
  [[nodiscard]] bool take_in_client(HttpConnection& http);
  void let_go_of_client(HttpConnection& http);

  // HTTP. What libwebsockets is told: not 0 ends the connection.
  void greet(lws* wsi, Session& session);
  /// The request authorizer's reply in place of all others', where it has one.
  [[nodiscard]] std::optional<Reply> authorize(HttpConnection& http);
  [[nodiscard]] int serve(HttpConnection& http, HttpConnection::Step step);
  void on_head(HttpConnection& http);
  void on_body(HttpConnection& http);
  void on_complaint(HttpConnection& http);
  void on_late(HttpConnection& http);
  [[nodiscard]] int upgrade(HttpConnection& http);
  void end_http(lws* wsi, Session& session);
  [[nodiscard]] static int confirm_upgrade(lws* wsi);
  [[nodiscard]] std::string client_of(const HttpConnection& http) const;
  /// The client's, which a proxy speaks for, and our end of the connection.
  [[nodiscard]] ConnectionEnds client_ends(const HttpConnection& http) const;

  // WHEP, which has no connection of its own but the one that waits for an answer.
  void tell_waiting(ClientId client, std::optional<Reply> reply);

  // The API, whose answers come from the main thread.
  void ask(HttpConnection& http, ApiHandler::Later later);
  void tell_asker(std::uint64_t number, std::optional<Reply> reply);
  void deliver_answers();

  // WebSocket.
  void join(lws* wsi, Session& session);
  void hear(WebSocketConnection& connection, ClientMessage message);
  void leave(Session& session);
  static void tell(WebSocketConnection& connection, const ServerEvent& event);
  void deliver();
  void tick();

  // What is of the moment.
  [[nodiscard]] std::vector<Routes::Live> live_routes();
  [[nodiscard]] Reply readiness() const;
  [[nodiscard]] Reply status() const;

  void tell_departed_soon();
  void goodbye();

  static const lws_protocols kProtocols[];

  const WebServerConfig config_;
  const lws_retry_bo_t pings_;  // libwebsockets keeps its address
  const Metrics& metrics_;
  const TimePoint start_ = Clock::now();
  const Routes routes_;
  const Log log_;
  RequestAuthorizer authorizer_;
  Inbox<ServerEvent>& from_viewers_;
  Heartbeat& heartbeat_;
  Metric& connections_;
  Metric& connections_refused_;
  Metric& connections_of_address_refused_;
  Metric& connections_dropped_;
  Metric& requests_bad_;
  Metric& websockets_;
  Metric& messages_in_;
  Metric& messages_bad_;
  Metric& messages_flood_;
  Metric& websockets_silent_;
  Metric& outbox_refused_;

  lws* listener_ = nullptr;
  bool open_ = false;
  bool cannot_accept_ = false;
  bool stopping_ = false;
  std::unordered_map<lws*, std::unique_ptr<HttpConnection>> http_;
  std::unordered_map<int, ConnectionEnds> upgrading_;          // by their sockets: those that become WebSockets
  std::unordered_map<ClientId, Client> clients_;               // of the WebSocket
  std::unordered_map<ClientId, HttpConnection*> waiting_;      // whose WHEP offers are not answered yet
  std::unordered_map<std::uint64_t, HttpConnection*> askers_;  // of the API, whose questions are not answered yet
  PerClientCounter per_client_;                                // of all these connections
  PendingConnections<HttpConnection> strangers_;               // who have no request under way
  PendingConnections<WebSocketConnection> silent_;             // who have not offered
  std::size_t dropped_ = 0;                                    // of HTTP, whose end is under way
  Timer accept_timer_ = {.server = this};
  Timer heartbeat_timer_ = {.server = this};
  Timer departed_timer_ = {.server = this};
  Timer goodbye_timer_ = {.server = this};
  ClientRegistry registry_;
  WhepHandler whep_;
  Inbox<ApiAnswer>* const answers_;
  ApiHandler api_;

  struct Destroy {
    void operator()(lws_context* context) const { lws_context_destroy(context); }
  };
  std::unique_ptr<lws_context, Destroy> context_;
};

}  // namespace cs
