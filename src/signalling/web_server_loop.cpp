// SPDX-License-Identifier: MIT
#include "signalling/web_server_loop.hpp"

#include <chrono>
#include <optional>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "network/listener.hpp"
#include "observability/health.hpp"
#include "observability/prometheus.hpp"
#include "observability/status.hpp"
#include "signalling/lws_log.hpp"
#include "signalling/page_config.hpp"

namespace cs {
namespace {

constexpr const char* kProtocol = "cubestream";
constexpr std::size_t kMaxClosing = 128;        // descriptors of connections that end or are being upgraded
constexpr int kHandshakeTimeout = 10;           // seconds for the rest of a WebSocket's handshake
constexpr std::size_t kWritePiece = 64 * 1024;  // bytes
constexpr std::chrono::milliseconds kRetryDeparted{100};
constexpr std::chrono::seconds kTickEvery{1};

RequestAuthorizer::Reach reach_of(const WebServerConfig& config, const Fd& listener) {
  const bool is_local = config.tls ? config.tls->is_on_loopback : is_on_loopback(listener);
  return is_local ? RequestAuthorizer::Reach::this_machine : RequestAuthorizer::Reach::others;
}

Reply json(std::string text) {
  Reply reply;
  reply.content_type = "application/json";
  reply.text = std::move(text);
  return reply;
}

/// The code of a close frame (RFC 6455, section 5.5.1); none: the frame is empty.
std::optional<std::uint16_t> close_code(std::string_view frame) {
  if (frame.size() < 2) return std::nullopt;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(frame[i]); };
  return static_cast<std::uint16_t>(byte(0) << 8 | byte(1));
}

}  // namespace

const lws_protocols WebServerLoop::kProtocols[] = {
    {kProtocol, &WebServerLoop::callback, sizeof(Session), 0, 0, nullptr, kWritePiece}, {}};

WebServerLoop::WebServerLoop(WebServerConfig config, Fd listener, Inbox<ClientEvent>& to_viewers,
                             Inbox<ServerEvent>& from_viewers, ApiInboxes api, Metrics& metrics)
    : config_(std::move(config)),
      pings_{.retry_ms_table = nullptr,
             .retry_ms_table_count = 0,
             .conceal_count = 0,
             .secs_since_valid_ping = config_.timeouts.websocket.ping_s,
             .secs_since_valid_hangup = config_.timeouts.websocket.silence_s,
             .jitter_percent = 0},
      metrics_(metrics),
      from_viewers_(from_viewers),
      answers_(api.answers),
      heartbeat_(metrics.heartbeat(Heartbeat::Kind::thread, "net")),
      heartbeat_timer_([this] { tick(); }),
      departed_timer_([this] { registry_.tell_departed(); }),
      // A timer alone does not end lws_service(): it waits until the next one.
      stop_timer_([this] { lws_cancel_service(context()); }),
      input_timer_([this] { tick_input(); }),
      authorizer_(config_.access, reach_of(config_, listener),
                  config_.tls ? RequestAuthorizer::Scheme::https : RequestAuthorizer::Scheme::http, metrics),
      limiter_({.max_connections = config_.max_connections,
                .max_per_network = config_.max_per_address,
                .trusted_proxies = config_.trusted_proxies},
               metrics),
      registry_(to_viewers,
                [this] {
                  if (!is_stopping_) departed_timer_.schedule(context(), kRetryDeparted);
                }),
      no_input_(metrics),
      websockets_({.max_silent = config_.max_silent,
                   .timeouts = config_.timeouts.websocket,
                   .input = {.mode = config_.input != nullptr ? config_.control : ControlMode::none,
                             .has_token = !config_.access.token.empty(),
                             .idle = config_.control_idle}},
                  limiter_, registry_, config_.input != nullptr ? *config_.input : no_input_, metrics),
      whep_({config_.max_whep_sessions, config_.ice_servers}, registry_, metrics),
      api_(config_.api, api.questions, metrics),
      routes_(live_routes(), config_.access.token.empty()),
      http_({.protocol = kProtocol, .tls = config_.tls, .timeouts = config_.timeouts.http}, authorizer_, limiter_,
            {&whep_, &api_, &routes_}, websockets_, metrics) {
  capture_lws_log();
  lws_context_creation_info info = {};
  info.user = this;
  info.options = LWS_SERVER_OPTION_EXPLICIT_VHOSTS;
  info.port = CONTEXT_PORT_NO_LISTEN_SERVER;
  info.protocols = kProtocols;
  info.retry_and_idle_policy = &pings_;
  info.timeout_secs = kHandshakeTimeout;
  info.timeout_secs_ah_idle = kHandshakeTimeout;
  info.max_http_header_data2 = kMaxHeadBytes;
  // Independent of the process's limit; the listener and libwebsockets' own wake-up need two.
  info.fd_limit_per_thread = static_cast<unsigned>(config_.max_connections + kMaxClosing) + 2;
  context_.reset(lws_create_context(&info));
  lws_vhost* const vhost = context_ ? lws_create_vhost(context_.get(), &info) : nullptr;
  if (vhost == nullptr) throw StartupError("cannot start libwebsockets: no context; most likely there is no memory");
  http_.listen(vhost, std::move(listener));
  tick();
}

WebServerLoop::~WebServerLoop() {
  for (LwsTimer* timer : {&heartbeat_timer_, &departed_timer_, &stop_timer_, &input_timer_}) timer->cancel();
  http_.cancel_timers();
}

FrameFormat WebServerLoop::format() const {
  return {config_.scene != nullptr ? config_.scene->latest()->size : config_.format.size, config_.format.fps};
}

std::vector<PageHandler::Live> WebServerLoop::live_routes() {
  return {// It holds a user and a password for TURN, which are made for each request.
          {"/config.json", [this] { return json(page_config(config_.ice_servers, format())); }},
          {"/api/status", [this] { return status(); }},
          {"/readyz", [this] { return readiness(); }},
          {"/metrics", [this] {
             Reply reply;
             reply.content_type = kPrometheusType;
             reply.text = prometheus_text(metrics_);
             return reply;
           }}};
}

Reply WebServerLoop::status() const {
  const auto viewers = config_.viewers != nullptr ? config_.viewers->latest() : std::make_shared<const ViewerList>();
  return json(status_json(metrics_, *viewers, format(), start_));
}

Reply WebServerLoop::readiness() const {
  const std::string why = is_stopping_ ? "the server stops" : unready_because(metrics_, format());
  if (!why.empty()) return refusal(503, "Not ready: " + why + ".\n");
  Reply ready;
  ready.text = "ready\n";
  return ready;
}

void WebServerLoop::tick() {
  heartbeat_.tick();
  deliver();  // what was published before this thread could be woken
  heartbeat_timer_.schedule(context(), kTickEvery);
}

void WebServerLoop::run(const std::stop_token& stop_requested) {
  {
    // Its end waits for a call in progress, so that none is made to a context that is gone.
    const std::stop_callback wake(stop_requested, [this] { lws_cancel_service(context()); });
    while (!stop_requested.stop_requested() && lws_service(context(), 0) >= 0) {
    }
  }
  if (!stop_requested.stop_requested()) config_.on_failed("the HTTP server failed: libwebsockets ended its service");
  stop();
}

int WebServerLoop::callback(lws* wsi, lws_callback_reasons reason, void* user, void* in, size_t len) {
  assert_on(ThreadRole::net);
  auto* const loop = static_cast<WebServerLoop*>(lws_context_user(lws_get_context(wsi)));
  return loop->dispatch(wsi, reason, static_cast<Session*>(user), {static_cast<const char*>(in), in ? len : 0});
}

int WebServerLoop::dispatch(lws* wsi, lws_callback_reasons reason, Session* session, std::string_view in) {
  switch (reason) {
    // HTTP connections and the listener, which libwebsockets knows as raw files.
    case LWS_CALLBACK_WSI_CREATE:
      http_.on_created(wsi);
      return 0;
    case LWS_CALLBACK_RAW_ADOPT_FILE:
      http_.on_adopted(wsi, session->http);
      return 0;
    case LWS_CALLBACK_RAW_RX_FILE:
      return http_.on_readable(session->http);
    case LWS_CALLBACK_RAW_WRITEABLE_FILE:
      return http_.on_writable(session->http);
    case LWS_CALLBACK_RAW_CLOSE_FILE:
      http_.on_closed(wsi, session->http);
      return 0;

    // libwebsockets gets upgrades to WebSocket, and nothing else.
    case LWS_CALLBACK_HTTP_CONFIRM_UPGRADE:
      return WebSocketUpgrade::on_confirm(wsi);
    case LWS_CALLBACK_HTTP:
    case LWS_CALLBACK_HTTP_BODY:
    case LWS_CALLBACK_RAW_SKT_BIND_PROTOCOL:
    case LWS_CALLBACK_RAW_ADOPT:
    case LWS_CALLBACK_RAW_RX:
      return -1;

    case LWS_CALLBACK_ESTABLISHED:
      websockets_.on_established(wsi, http_.take_upgraded(static_cast<int>(lws_get_socket_fd(wsi))),
                                 session->websocket);
      return 0;
    case LWS_CALLBACK_RECEIVE:
      websockets_.on_receive(*session->websocket, in);
      schedule_input();
      return 0;
    case LWS_CALLBACK_SERVER_WRITEABLE:
      return session->websocket->write_next();
    case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
      session->websocket->peer_closed(close_code(in));
      return 0;
    case LWS_CALLBACK_WS_SERVER_DROP_PROTOCOL:
      if (session->websocket != nullptr) session->websocket->ending();
      return 0;
    case LWS_CALLBACK_CLOSED:
      websockets_.on_closed(session->websocket);
      schedule_input();
      return 0;

    case LWS_CALLBACK_TIMER:
      if (session->http != nullptr) return http_.on_timer(*session->http);
      if (session->websocket != nullptr) websockets_.on_timer(*session->websocket);
      return 0;
    case LWS_CALLBACK_WSI_DESTROY:
      if (session != nullptr) {
        websockets_.on_closed(session->websocket);
        http_.on_closed(wsi, session->http);
      }
      http_.on_destroyed(wsi);
      return 0;
    case LWS_CALLBACK_EVENT_WAIT_CANCELLED:
      deliver();
      return 0;
    default:
      return 0;
  }
}

void WebServerLoop::schedule_input() {
  const auto after = websockets_.input().tick_in();
  if (!after || std::exchange(is_input_scheduled_, true)) return;
  input_timer_.schedule(context(), *after);
}

void WebServerLoop::tick_input() {
  is_input_scheduled_ = false;
  websockets_.input().tick(Clock::now());
  schedule_input();
}

void WebServerLoop::deliver() {
  if (config_.scene != nullptr) {
    const auto scene = config_.scene->latest();
    websockets_.set_notice(scene->notice);
    websockets_.input().set_wish(scene->input);
  }
  if (config_.reports != nullptr)
    for (const AppliedBatch& each : config_.reports->take()) websockets_.input().report(each);
  while (const auto event = from_viewers_.pop()) {
    if (websockets_.deliver(*event)) continue;
    if (auto reply = whep_.on_event(*event)) http_.complete({&whep_, event->client}, std::move(*reply));
  }
  if (answers_ == nullptr) return;
  while (auto answer = answers_->pop()) {
    const std::uint64_t number = answer->number;
    if (auto reply = api_.on_answer(std::move(*answer))) http_.complete({&api_, number}, std::move(*reply));
  }
}

void WebServerLoop::stop() {
  is_stopping_ = true;
  whep_.stop();
  deliver();
  http_.stop_listening();
  websockets_.stop();
  for (const ClientId client : whep_.clients())
    if (auto reply = whep_.end(client)) http_.complete({&whep_, client}, std::move(*reply));
  for (const std::uint64_t number : api_.waiting()) http_.complete({&api_, number}, api_.end(number));
  const TimePoint deadline = Clock::now() + config_.timeouts.goodbye;
  stop_timer_.schedule(context(), config_.timeouts.goodbye);
  while (websockets_.size() > 0 && Clock::now() < deadline && lws_service(context(), 0) >= 0) {
  }
}

}  // namespace cs
