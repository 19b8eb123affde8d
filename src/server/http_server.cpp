// SPDX-License-Identifier: MIT
#include "server/http_server.hpp"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <string_view>
#include <system_error>

#include "base/error.hpp"
#include "base/text.hpp"
#include "server/forwarded.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr std::size_t kMaxIdle = 64;  // more than are accepted at once
constexpr std::chrono::milliseconds kAcceptAgain{100};
constexpr std::string_view kTerminator = "127.0.0.1";  // where a TLS terminator connects from

/// A header field's value; empty when there is none or it is longer than any that matters here.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

HttpServer::HttpServer(Config config, RequestAuthorizer& authorizer, ConnectionLimiter& limiter,
                       std::vector<RequestHandler*> handlers, UpgradeTarget& websockets, Metrics& metrics)
    : config_(std::move(config)),
      authorizer_(authorizer),
      limiter_(limiter),
      handlers_(std::move(handlers)),
      websockets_(websockets),
      log_(make_log("net")),
      connections_metric_(metrics.get("net_connections")),
      bad_requests_(metrics.get("net_requests_bad_total")),
      accept_again_([this] {
        if (listener_ != nullptr) lws_rx_flow_control(listener_, 1);
      }),
      idle_(kMaxIdle) {}

void HttpServer::listen(lws_vhost* vhost, Fd listener) {
  lws_sock_file_fd_type fd;
  fd.filefd = listener.release();
  listener_ = lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, config_.protocol, nullptr);
  if (listener_ == nullptr) throw StartupError("cannot start libwebsockets: it does not accept the listening socket");
  is_open_ = true;
}

void HttpServer::stop_listening() {
  if (listener_ != nullptr) lws_set_timeout(listener_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void HttpServer::accept_some() {
  for (int i = 0; i < kAcceptAtOnce && accept_one(); ++i) {
  }
}

bool HttpServer::accept_one() {
  Fd socket(accept4(lws_get_socket_fd(listener_), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno != EAGAIN) wait_to_accept(errno);
    return false;
  }
  cannot_accept_ = false;
  const std::string address = ends_of(socket.get()).client;
  if (config_.tls && address.empty()) return true;  // not the terminator
  if (!limiter_.admits(limiter_.network_of(address))) return true;
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // As a raw file, which libwebsockets only polls. When it refuses the descriptor it leaves it open.
  lws_sock_file_fd_type fd;
  fd.filefd = socket.get();
  if (lws_adopt_descriptor_vhost(lws_get_vhost(listener_), LWS_ADOPT_RAW_FILE_DESC, fd, config_.protocol, nullptr))
    static_cast<void>(socket.release());
  return true;
}

void HttpServer::wait_to_accept(int error) {
  // Most likely no descriptor is left. The connections in the queue would make the listener readable again at once.
  if (!std::exchange(cannot_accept_, true))
    log_->warn("cannot accept connections: {}; trying again every 100 ms", std::generic_category().message(error));
  lws_rx_flow_control(listener_, 0);
  accept_again_.schedule(lws_get_context(listener_), kAcceptAgain);
}

ConnectionEnds HttpServer::ends_of(int socket) const {
  ConnectionEnds ends{peer_address(socket), local_address(socket)};
  if (!config_.tls) return ends;
  // The port alone proves nothing: every other address of this machine has a port with the same number.
  return ends.client == kTerminator ? config_.tls->client_behind(peer_port(socket)) : ConnectionEnds();
}

void HttpServer::on_created(lws* /*wsi*/) {
  if (is_open_) connections_metric_.add(1);  // otherwise it is the listener
}

void HttpServer::on_destroyed(lws* wsi) {
  if (!is_open_) return;
  if (wsi == listener_)
    listener_ = nullptr;
  else
    connections_metric_.add(-1);
}

void HttpServer::on_adopted(lws* wsi, HttpConnection*& connection) {
  if (!is_open_) return;  // it is the listener
  auto& place = connections_[wsi];
  const int socket = static_cast<int>(lws_get_socket_fd(wsi));
  ConnectionEnds ends = ends_of(socket);
  std::string network = limiter_.network_of(ends.client);
  place = std::make_unique<HttpConnection>(wsi, socket, std::move(ends), std::move(network),
                                           authorizer_.common_fields(), config_.timeouts);
  connection = place.get();
  limiter_.add(connection->network());
  update_idle(*connection);
}

int HttpServer::on_readable(HttpConnection* connection) {
  if (connection != nullptr) return serve(*connection, connection->on_readable());
  accept_some();
  return 0;
}

int HttpServer::on_writable(HttpConnection* connection) {
  return connection != nullptr ? serve(*connection, connection->on_writable()) : 0;
}

int HttpServer::on_timer(HttpConnection& connection) {
  return serve(connection, connection.on_time());
}

void HttpServer::on_closed(lws* wsi, HttpConnection*& connection) {
  if (connection == nullptr) return;
  HttpConnection& closed = *std::exchange(connection, nullptr);
  const auto pending = closed.waits_for();
  remove_forwarded(closed);
  idle_.leave(closed);
  limiter_.remove(closed.network());
  if (closed.is_dropped()) --dropped_;
  connections_.erase(wsi);
  if (!pending) return;
  waiting_.erase({pending->handler, pending->number});
  pending->handler->on_hang_up(pending->number);
}

void HttpServer::update_idle(HttpConnection& connection) {
  if (!connection.waits_for_head()) return idle_.leave(connection);
  remove_forwarded(connection);
  HttpConnection* const evicted = idle_.enter(connection, connection.network());
  if (evicted == nullptr) return;
  limiter_.count_dropped();
  ++dropped_;
  evicted->drop();
}

bool HttpServer::has_room() {
  const std::size_t in_use = connections_.size() - idle_.size() - dropped_ + websockets_.size();
  return limiter_.has_room(in_use, [this] { return websockets_.evict(); });
}

bool HttpServer::add_forwarded(HttpConnection& connection) {
  if (!is_trusted(connection.address(), limiter_.trusted_proxies())) return true;  // counted when it was accepted
  const std::string network = limiter_.network_of(client_of(connection));
  if (network.empty()) return true;
  if (!limiter_.admits(network)) return false;
  limiter_.add(network);
  connection.serve(network);
  return true;
}

void HttpServer::remove_forwarded(HttpConnection& connection) {
  if (const std::string network = connection.serve(""); !network.empty()) limiter_.remove(network);
}

std::string HttpServer::client_of(const HttpConnection& connection) const {
  return forwarded_for(connection.request(), connection.address(), limiter_.trusted_proxies());
}

ConnectionEnds HttpServer::client_ends(const HttpConnection& connection) const {
  std::string client = client_of(connection);
  const bool is_forwarded = client != connection.address();  // then only the proxy connected to this address
  return {std::move(client), is_forwarded ? std::string() : connection.way().server};
}

int HttpServer::serve(HttpConnection& connection, HttpConnection::Step step) {
  using Step = HttpConnection::Step;
  int result = 0;
  switch (step) {
    case Step::none:
      break;
    case Step::head:
    case Step::upgrade:
      idle_.leave(connection);
      if (!has_room())
        connection.answer(refusal(503, "The server has too many connections; try again in a moment.\n"));
      else if (step == Step::upgrade)
        result = upgrade(connection);
      else
        on_head(connection);
      break;
    case Step::body:
      on_body(connection);
      break;
    case Step::bad:
      on_bad_request(connection);
      break;
    case Step::late:
      if (const auto pending = connection.waits_for())
        complete(*pending, pending->handler->on_timeout(pending->number));
      break;
    case Step::gone:
      return -1;
  }
  update_idle(connection);
  return result;
}

std::optional<Reply> HttpServer::authorize(HttpConnection& connection) {
  const HttpRequest& request = connection.request();
  auto [refused, fields] = authorizer_.authorize(request, client_of(connection));
  connection.add_to_answer(std::move(fields));
  if (!refused && !add_forwarded(connection))
    refused = refusal(503, "Too many connections come from your network; try again in a moment.\n");
  if (!refused) return std::nullopt;
  return handler_of(request).complete_refusal(std::move(*refused));
}

void HttpServer::on_head(HttpConnection& connection) {
  if (auto refused = authorize(connection)) return connection.answer(std::move(*refused));
  RequestHandler& handler = handler_of(connection.request());
  auto action = handler.on_head(connection.request());
  if (const auto* body = std::get_if<RequestHandler::WantsBody>(&action)) return connection.read_body(body->limit);
  if (const auto* later = std::get_if<RequestHandler::Later>(&action)) return wait(connection, handler, *later);
  connection.answer(std::get<Reply>(std::move(action)));
}

void HttpServer::on_body(HttpConnection& connection) {
  RequestHandler& handler = handler_of(connection.request());
  auto action = handler.on_body(connection.request(), connection.take_body(), client_ends(connection));
  if (const auto* later = std::get_if<RequestHandler::Later>(&action)) return wait(connection, handler, *later);
  connection.answer(std::get<Reply>(std::move(action)));
}

void HttpServer::on_bad_request(HttpConnection& connection) {
  bad_requests_.add();
  connection.answer(handler_of(connection.request()).complete_refusal(connection.complaint()));
}

void HttpServer::wait(HttpConnection& connection, RequestHandler& handler, RequestHandler::Later later) {
  waiting_[{&handler, later.number}] = &connection;
  connection.wait({&handler, later.number});
}

void HttpServer::complete(const PendingRequest& request, Reply reply) {
  const auto found = waiting_.find({request.handler, request.number});
  if (found == waiting_.end()) return;
  HttpConnection& connection = *found->second;
  waiting_.erase(found);
  connection.answer(std::move(reply));
  update_idle(connection);
}

int HttpServer::upgrade(HttpConnection& connection) {
  const HttpRequest& request = connection.request();
  const auto refuse = [&](int status, std::string reason) {
    connection.answer(refusal(status, std::move(reason)));
    return 0;
  };
  if (auto refused = authorize(connection)) {
    connection.answer(std::move(*refused));
    return 0;
  }
  if (request.method != Method::get || request.body != HttpRequest::Body::none)
    return refuse(400, "A WebSocket begins with a GET that has no body.\n");
  if (request.field("sec-websocket-version") != "13" || request.field("sec-websocket-key").empty())
    return refuse(400, "A WebSocket begins with a key, and with the version 13.\n");
  // libwebsockets would close the connection without an answer.
  const std::string protocols = request.field("sec-websocket-protocol");
  const auto offered = list_items(protocols);
  if (!offered.empty() && std::ranges::find(offered, config_.protocol) == offered.end())
    return refuse(400, "The WebSocket's subprotocol is \"cubestream\"; ask for that, or for none.\n");
  if (request.path != "/ws") return refuse(404, "The WebSocket is at /ws.\n");
  if (!websockets_.accepts()) return refuse(503, "The server is busy; try again in a moment.\n");
  // The head is still in the socket: libwebsockets reads it from a second descriptor.
  const int socket = fcntl(connection.socket(), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) return refuse(503, "The server is busy; try again in a moment.\n");
  connection.let_go();
  upgrading_[socket] = client_ends(connection);
  lws_adopt_socket_vhost(lws_get_vhost(listener_), socket);  // closes it when it fails
  return -1;
}

ConnectionEnds HttpServer::take_upgraded(int socket) {
  const auto upgraded = upgrading_.extract(socket);
  return upgraded.empty() ? ConnectionEnds() : upgraded.mapped();
}

int HttpServer::on_confirm_upgrade(lws* wsi) {
  // What libwebsockets has read in the head decides: it would also switch to HTTP/2 in clear text, with code that has
  // had no security update since 2022. It also calls this after it refused an upgrade itself; then the head is gone.
  const bool is_websocket = lower_case(header(wsi, WSI_TOKEN_UPGRADE)) == "websocket";
  return is_websocket && header(wsi, WSI_TOKEN_GET_URI) == "/ws" ? 0 : -1;
}

RequestHandler& HttpServer::handler_of(const HttpRequest& request) const {
  return **std::ranges::find_if(handlers_, [&](const RequestHandler* handler) { return handler->owns(request.path); });
}

}  // namespace cs
