// SPDX-License-Identifier: MIT
#pragma once

#include <libwebsockets.h>

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.hpp"
#include "base/heartbeat.hpp"
#include "base/metrics.hpp"
#include "cubestream/clock.hpp"
#include "loop/inbox.hpp"
#include "server/api_handler.hpp"
#include "server/connection_limiter.hpp"
#include "server/http_server.hpp"
#include "server/lws_timer.hpp"
#include "server/page_handler.hpp"
#include "server/request_authorizer.hpp"
#include "signalling/client_registry.hpp"
#include "signalling/web_server.hpp"
#include "signalling/web_socket_hub.hpp"
#include "signalling/whep_handler.hpp"

namespace cs {

/// The libwebsockets context, and everything that serves its connections. Built, run and destroyed on the net thread.
class WebServerLoop {
 public:
  /// Takes over a listening socket. Throws StartupError.
  WebServerLoop(WebServerConfig config, Fd listener, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers,
                ApiInboxes api, Metrics& metrics);
  ~WebServerLoop();
  WebServerLoop(const WebServerLoop&) = delete;
  WebServerLoop& operator=(const WebServerLoop&) = delete;

  /// For lws_cancel_service(), which any thread may call while this object exists.
  [[nodiscard]] lws_context* context() const { return context_.get(); }

  /// Serves until `stop` is requested, then closes all WebSockets and answers all pending requests with 503, within
  /// ServerTimeouts::goodbye.
  void run(const std::stop_token& stop);

 private:
  /// What libwebsockets keeps for each connection, all zero at first.
  struct Session {
    HttpConnection* http;
    WebSocketConnection* websocket;
  };

  static int callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t len);
  [[nodiscard]] int dispatch(lws* wsi, lws_callback_reasons reason, Session* session, std::string_view in);
  void deliver();
  void tick_input();
  /// Schedules tick_input(), if the input needs it.
  void schedule_input();
  void tick();
  void stop();

  [[nodiscard]] std::vector<PageHandler::Live> live_routes();
  [[nodiscard]] Reply readiness() const;
  [[nodiscard]] FrameFormat format() const;
  [[nodiscard]] Reply status() const;

  static const lws_protocols kProtocols[];

  const WebServerConfig config_;
  const lws_retry_bo_t pings_;  // libwebsockets keeps its address
  const Metrics& metrics_;
  const TimePoint start_ = Clock::now();
  Inbox<ServerEvent>& from_viewers_;
  Inbox<ApiAnswer>* const answers_;
  Heartbeat& heartbeat_;
  bool is_stopping_ = false;
  LwsTimer heartbeat_timer_;
  LwsTimer departed_timer_;
  LwsTimer stop_timer_;
  LwsTimer input_timer_;
  bool is_input_scheduled_ = false;
  RequestAuthorizer authorizer_;
  ConnectionLimiter limiter_;
  ClientRegistry registry_;
  InputSlot no_input_;  // if config_.input is null
  WebSocketHub websockets_;
  WhepHandler whep_;
  ApiHandler api_;
  PageHandler routes_;
  HttpServer http_;

  struct Destroy {
    void operator()(lws_context* context) const { lws_context_destroy(context); }
  };
  std::unique_ptr<lws_context, Destroy> context_;  // last: its end calls all of the above
};

}  // namespace cs
