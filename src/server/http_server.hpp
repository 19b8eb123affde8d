// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "base/metrics.hpp"
#include "http/http_connection.hpp"
#include "http/request_handler.hpp"
#include "http/timeouts.hpp"
#include "network/peer.hpp"
#include "network/pending_connections.hpp"
#include "server/connection_limiter.hpp"
#include "server/http_listener.hpp"
#include "server/request_authorizer.hpp"
#include "server/tls_upstream.hpp"
#include "server/web_socket_upgrade.hpp"

namespace cs {

/// Accepts connections, reads requests, asks the authorizer, and lets the first handler that owns a request's path
/// answer it. libwebsockets only polls the sockets and keeps the timers, and gets the requests for WebSockets. Net
/// thread only.
class HttpServer {
 public:
  struct Config {
    const char* protocol;                 ///< of libwebsockets; also the WebSocket subprotocol
    std::optional<TlsUpstream> tls = {};  ///< in front of the listener
    HttpTimeouts timeouts = {};
  };

  /// `handlers`: the last one owns every path. All references must outlive this object.
  HttpServer(Config config, RequestAuthorizer& authorizer, ConnectionLimiter& limiter,
             std::vector<RequestHandler*> handlers, UpgradeTarget& websockets, Metrics& metrics);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  /// Begins to accept connections from a listening socket. Throws StartupError when libwebsockets refuses it.
  void listen(lws_vhost* vhost, Fd listener) { listener_.open(vhost, std::move(listener)); }
  void stop_listening() { listener_.close(); }
  /// Before the libwebsockets context is destroyed.
  void cancel_timers() { listener_.cancel_timers(); }

  /// Answers a request whose handler said Later; does nothing when the client has gone.
  void complete(const PendingRequest& request, Reply reply);

  /// See WebSocketUpgrade::take().
  [[nodiscard]] UpgradedClient take_upgraded(int socket) { return upgrade_.take(socket); }

  // What libwebsockets calls. `connection`: the place for it in the per-connection data; null: the listener. An int
  // result other than 0 ends the connection.
  void on_created(lws* wsi);
  void on_adopted(lws* wsi, HttpConnection*& connection);
  [[nodiscard]] int on_readable(HttpConnection* connection);
  [[nodiscard]] int on_writable(HttpConnection* connection);
  [[nodiscard]] int on_timer(HttpConnection& connection);
  void on_closed(lws* wsi, HttpConnection*& connection);
  void on_destroyed(lws* wsi);

 private:
  [[nodiscard]] bool has_room();
  /// Bounds the connections without a request: updates `idle_` after a step of this connection.
  void update_idle(HttpConnection& connection);
  /// Counts a request that a trusted proxy forwards for its client's network. False: the network has too many.
  [[nodiscard]] bool add_forwarded(HttpConnection& connection);
  void remove_forwarded(HttpConnection& connection);
  [[nodiscard]] std::string client_of(const HttpConnection& connection) const;
  [[nodiscard]] ConnectionEnds client_ends(const HttpConnection& connection) const;

  [[nodiscard]] int serve(HttpConnection& connection, HttpConnection::Step step);
  [[nodiscard]] std::optional<Reply> authorize(HttpConnection& connection, Visitor& visitor);
  void on_head(HttpConnection& connection);
  void on_body(HttpConnection& connection);
  void on_bad_request(HttpConnection& connection);
  void wait(HttpConnection& connection, PendingRequest pending);
  [[nodiscard]] int upgrade(HttpConnection& connection);
  [[nodiscard]] RequestHandler& handler_of(const HttpRequest& request) const;

  const HttpTimeouts timeouts_;
  RequestAuthorizer& authorizer_;
  ConnectionLimiter& limiter_;
  const std::vector<RequestHandler*> handlers_;
  UpgradeTarget& websockets_;
  Metric& connections_metric_;
  Metric& bad_requests_;

  HttpListener listener_;
  WebSocketUpgrade upgrade_;
  std::unordered_map<lws*, std::unique_ptr<HttpConnection>> connections_;
  std::map<PendingRequest, HttpConnection*> waiting_;  // for a reply
  PendingConnections<HttpConnection> idle_;            // without a request
  std::size_t dropped_ = 0;                            // connections that are ending because they were evicted
};

}  // namespace cs
