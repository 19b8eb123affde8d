// SPDX-License-Identifier: MIT
#include "signalling/server.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "cubestream/clock.hpp"
#include "http/lws_log.hpp"
#include "network/listener.hpp"
#include "observability/health.hpp"
#include "observability/prometheus.hpp"
#include "observability/status.hpp"
#include "signalling/page_config.hpp"

namespace cs {
namespace {

constexpr std::size_t kStrangers = 64;          // more than are accepted at once
constexpr std::size_t kUnderWay = 64;           // ends, and sockets that change hands
constexpr int kStrangerTimeout = 10;            // seconds for the rest of a WebSocket's handshake
constexpr std::size_t kWritePiece = 64 * 1024;  // bytes
constexpr lws_usec_t kRetryDeparted = 100 * LWS_US_PER_MS;
constexpr lws_usec_t kBeatEvery = LWS_US_PER_SEC;

/// What the page is told holds a user and a password: made anew for each who asks, and for nobody to keep.
bool has_login(const WebServerConfig& config) {
  return !config.ice_servers.turn.empty();
}

Reply json(std::string text) {
  Reply reply;
  reply.content_type = "application/json";
  reply.text = std::move(text);
  return reply;
}

}  // namespace

const lws_protocols Server::kProtocols[] = {
    {"cubestream", &Server::callback, sizeof(Session), 0, 0, nullptr, kWritePiece}, {}};

Server::Server(WebServerConfig config, Fd listener, Inbox<ClientEvent>& to_viewers, Inbox<ServerEvent>& from_viewers,
               ApiInboxes api, Metrics& metrics)
    : config_(std::move(config)),
      pings_{.retry_ms_table = nullptr,
             .retry_ms_table_count = 0,
             .conceal_count = 0,
             .secs_since_valid_ping = config_.timeouts.websocket.ping_s,
             .secs_since_valid_hangup = config_.timeouts.websocket.silence_s,
             .jitter_percent = 0},
      metrics_(metrics),
      routes_(has_login(config_) ? "" : page_config(config_.ice_servers, config_.format), live_routes(),
              config_.access.token.empty()),
      log_(make_log("net")),
      authorizer_(config_.access,
                  (config_.tls ? config_.tls->is_on_loopback : is_on_loopback(listener))
                      ? RequestAuthorizer::Reach::this_machine
                      : RequestAuthorizer::Reach::others,
                  config_.tls ? RequestAuthorizer::Scheme::https : RequestAuthorizer::Scheme::http, metrics),
      from_viewers_(from_viewers),
      heartbeat_(metrics.heartbeat("net")),
      connections_(metrics.get("net_connections")),
      connections_refused_(metrics.get("net_connections_refused_total")),
      connections_of_address_refused_(metrics.get("net_connections_of_address_refused_total")),
      connections_dropped_(metrics.get("net_connections_dropped_total")),
      requests_bad_(metrics.get("net_requests_bad_total")),
      websockets_(metrics.get("net_websockets")),
      messages_in_(metrics.get("net_messages_in_total")),
      messages_bad_(metrics.get("net_messages_bad_total")),
      messages_flood_(metrics.get("net_messages_flood_total")),
      websockets_silent_(metrics.get("net_websockets_silent_total")),
      outbox_refused_(metrics.get("net_outbox_refused_total")),
      per_client_(config_.max_per_address),
      strangers_(kStrangers),
      silent_(config_.max_silent),
      registry_(to_viewers, [this] { tell_departed_soon(); }),
      whep_({config_.max_whep_sessions, config_.ice_servers}, registry_, metrics),
      answers_(api.answers),
      api_(config_.api, api.questions, metrics) {
  capture_lws_log();
  lws_context_creation_info info = {};
  info.user = this;
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = kProtocols;
  info.retry_and_idle_policy = &pings_;
  info.timeout_secs = kStrangerTimeout;
  info.timeout_secs_ah_idle = kStrangerTimeout;
  info.max_http_header_data2 = kMaxHeadBytes;
  // Independent of the process's limit; the listener and libwebsockets' own wake-up need two.
  info.fd_limit_per_thread = static_cast<unsigned>(config_.max_connections + kStrangers + kUnderWay) + 2;
  context_.reset(lws_create_context(&info));
  lws_vhost* const vhost = context_ ? lws_create_vhost(context_.get(), &info) : nullptr;
  if (vhost == nullptr)
    throw StartupError("cannot start libwebsockets: it made no context, most likely for want of memory");

  lws_sock_file_fd_type fd;
  fd.filefd = listener.release();
  listener_ = lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, kProtocols[0].name, nullptr);
  if (listener_ == nullptr) throw StartupError("cannot start libwebsockets: it did not take the socket that listens");
  open_ = true;
  tick();
}

Server::~Server() {
  for (Timer* timer : {&accept_timer_, &heartbeat_timer_, &departed_timer_, &goodbye_timer_})
    lws_sul_cancel(&timer->entry);
}

std::vector<Routes::Live> Server::live_routes() {
  std::vector<Routes::Live> rows = {{"/api/status", [this] { return status(); }},
                                    {"/readyz", [this] { return readiness(); }},
                                    {"/metrics", [this] {
                                       Reply reply;
                                       reply.content_type = kPrometheusType;
                                       reply.text = prometheus_text(metrics_);
                                       return reply;
                                     }}};
  if (has_login(config_))
    rows.push_back({"/config.json", [this] { return json(page_config(config_.ice_servers, config_.format)); }});
  return rows;
}

Reply Server::status() const {
  const auto viewers = config_.viewers != nullptr ? config_.viewers->latest() : std::make_shared<const ViewerList>();
  return json(status_json(metrics_, *viewers, config_.format, start_));
}

Reply Server::readiness() const {
  const std::string why = stopping_ ? "the server stops" : unready_because(metrics_, config_.format);
  if (!why.empty()) return refusal(503, "Not ready: " + why + ".\n");
  Reply ready;
  ready.text = "ready\n";
  return ready;
}

void Server::tick() {
  heartbeat_.tick();
  const auto again = [](lws_sorted_usec_list_t* entry) { reinterpret_cast<Timer*>(entry)->server->tick(); };
  lws_sul_schedule(context_.get(), 0, &heartbeat_timer_.entry, again, kBeatEvery);
}

void Server::tell_departed_soon() {
  if (stopping_) return;
  const auto again = [](lws_sorted_usec_list_t* entry) {
    reinterpret_cast<Timer*>(entry)->server->registry_.tell_departed();
  };
  lws_sul_schedule(context_.get(), 0, &departed_timer_.entry, again, kRetryDeparted);
}

void Server::run(const std::stop_token& stop) {
  {
    // Its end waits for a call in progress, so that none is made to a context that is gone.
    const std::stop_callback wake(stop, [this] { lws_cancel_service(context_.get()); });
    while (!stop.stop_requested() && lws_service(context_.get(), 0) >= 0) {
    }
  }
  if (!stop.stop_requested()) config_.on_failed("the HTTP server cannot go on: libwebsockets ended its service");
  goodbye();
}

int Server::callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t len) {
  assert_on(ThreadRole::net);
  auto* const server = static_cast<Server*>(lws_context_user(lws_get_context(wsi)));
  return pass_on(*server, wsi, reason, static_cast<Session*>(user), {static_cast<const char*>(in), in ? len : 0});
}

int Server::pass_on(Server& server, lws* wsi, lws_callback_reasons reason, Session* session, std::string_view in) {
  switch (reason) {
    case LWS_CALLBACK_RAW_ADOPT_FILE:
      if (server.open_) server.greet(wsi, *session);  // otherwise it is the listener
      return 0;
    case LWS_CALLBACK_RAW_RX_FILE:
      if (session->http != nullptr) return server.serve(*session->http, session->http->on_readable());
      server.accept_some();
      return 0;
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
      return session->http != nullptr ? server.serve(*session->http, session->http->on_writable()) : 0;
    case LWS_CALLBACK_RAW_CLOSE_FILE:
      server.end_http(wsi, *session);
      return 0;
    case LWS_CALLBACK_WSI_CREATE:
      server.count(wsi, 1);
      return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      server.deliver();
      return 0;

    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return confirm_upgrade(wsi);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
      return -1;  // it gets nothing but WebSockets, and what it takes for something else is none of ours

    case LWS_CALLBACK_ESTABLISHED:
      server.join(wsi, *session);
      return 0;
    case LWS_CALLBACK_RECEIVE:
      if (auto message = session->connection->receive(in)) server.hear(*session->connection, std::move(*message));
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return session->connection->write_next();
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE: {
      const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(in[i]); };
      std::optional<std::uint16_t> code;
      if (in.size() >= 2) code = static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
      session->connection->peer_closed(code);
      return 0;
    }

    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
      if (session->connection != nullptr) session->connection->ending();
      return 0;
    case LWS_CALLBACK_TIMER:
      if (session->http != nullptr) return server.serve(*session->http, session->http->on_time());
      if (session->connection != nullptr && session->connection->on_time()) server.websockets_silent_.add();
      return 0;
    case LWS_CALLBACK_CLOSED:
      server.leave(*session);
      return 0;
    case LWS_CALLBACK_WSI_DESTROY:
      if (session != nullptr) {
        server.leave(*session);
        server.end_http(wsi, *session);
      }
      server.count(wsi, -1);
      return 0;
    default:
      return 0;
  }
}

void Server::deliver() {
  while (const auto event = from_viewers_.pop()) {
    const auto client = clients_.find(event->client);
    if (client != clients_.end())
      tell(*client->second.connection, *event);
    else if (whep_.knows(event->client))
      tell_waiting(event->client, whep_.on_event(*event));
    // Otherwise it left meanwhile.
  }
  deliver_answers();
}

void Server::goodbye() {
  stopping_ = true;
  whep_.stop();
  deliver();
  if (listener_ != nullptr) lws_set_timeout(listener_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
  for (auto& [id, client] : clients_) client.connection->close(kGoingAway, "the server stops");
  for (const ClientId client : whep_.clients()) tell_waiting(client, whep_.end(client));
  for (const std::uint64_t number : api_.waiting()) tell_asker(number, api_.end(number));
  const TimePoint deadline = Clock::now() + config_.timeouts.goodbye;
  // A timer alone does not end lws_service(): it sleeps on until the next one.
  const auto wake = [](lws_sorted_usec_list_t* entry) {
    lws_cancel_service(reinterpret_cast<Timer*>(entry)->server->context());
  };
  lws_sul_schedule(context_.get(), 0, &goodbye_timer_.entry, wake,
                   std::chrono::ceil<std::chrono::microseconds>(config_.timeouts.goodbye).count());
  while (!clients_.empty() && Clock::now() < deadline && lws_service(context_.get(), 0) >= 0) {
  }
}

}  // namespace cs
