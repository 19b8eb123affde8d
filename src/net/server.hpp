// SPDX-License-Identifier: MIT
#pragma once

#include <libwebsockets.h>

#include <cstddef>
#include <deque>
#include <memory>
#include <stop_token>
#include <string_view>
#include <unordered_map>

#include "base/fd.hpp"
#include "base/inbox.hpp"
#include "base/log.hpp"
#include "base/metrics.hpp"
#include "cubestream/signalling.hpp"
#include "net/connection.hpp"
#include "net/doors.hpp"
#include "net/routes.hpp"

namespace cs {

/// The libwebsockets context and everything that hangs on it. Built, run and destroyed on the net thread.
class Server {
 public:
  /// Takes over a socket that listens. Throws Fatal.
  Server(DoorsConfig config, Fd listener, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers,
         Metrics& metrics);
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
    Connection* connection;  ///< once it is a WebSocket
    const char* unsent;      ///< the rest of an HTTP reply's body
    std::size_t unsent_size;
  };

  struct Client {
    std::unique_ptr<Connection> connection;
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

  // HTTP.
  [[nodiscard]] int answer(lws* wsi, Session& session, std::string_view path);
  [[nodiscard]] int send(lws* wsi, Session& session, const Reply& reply);
  [[nodiscard]] int send_rest(lws* wsi, Session& session);
  void check_reader(lws* wsi, const Session& session);
  [[nodiscard]] int confirm_upgrade(lws* wsi);

  // WebSocket.
  void join(lws* wsi, Session& session);
  void hear(Connection& connection, ClientMessage message);
  void leave(Session& session);
  void tell_departed();
  void deliver();
  void goodbye();

  static const lws_protocols kProtocols[];
  static const lws_retry_bo_t kPings;

  const DoorsConfig config_;
  const Routes routes_;
  const Log log_;
  Inbox<ClientEvent>& to_viewers_;
  Inbox<ServerEvent>& from_viewers_;
  Metric& connections_;
  Metric& connections_refused_;
  Metric& websockets_;
  Metric& messages_in_;
  Metric& messages_bad_;
  Metric& outbox_refused_;

  lws* listener_ = nullptr;
  bool open_ = false;
  bool cannot_accept_ = false;
  bool stopping_ = false;
  ClientId last_client_ = 0;
  std::unordered_map<ClientId, Client> clients_;
  std::deque<ClientEvent> departed_;  // goodbyes that the viewers' full inbox refused
  Timer accept_timer_ = {.server = this};
  Timer departed_timer_ = {.server = this};
  Timer goodbye_timer_ = {.server = this};

  struct Destroy {
    void operator()(lws_context* context) const { lws_context_destroy(context); }
  };
  std::unique_ptr<lws_context, Destroy> context_;
};

}  // namespace cs
