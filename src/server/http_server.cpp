// SPDX-License-Identifier: MIT
#include "server/http_server.hpp"

#include <algorithm>
#include <string>
#include <variant>

#include "server/forwarded.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxIdle = 64;  // more than are accepted at once

}  // namespace

HttpServer::HttpServer(Config config, RequestAuthorizer& authorizer, ConnectionLimiter& limiter,
                       std::vector<RequestHandler*> handlers, UpgradeTarget& websockets, Metrics& metrics)
    : timeouts_(config.timeouts),
      authorizer_(authorizer),
      limiter_(limiter),
      handlers_(std::move(handlers)),
      websockets_(websockets),
      connections_metric_(metrics.get("net_connections")),
      bad_requests_(metrics.get("net_requests_bad_total")),
      listener_(config.protocol, std::move(config.tls), limiter),
      upgrade_(config.protocol, websockets),
      idle_(kMaxIdle) {}

void HttpServer::on_created(lws* /*wsi*/) {
  if (listener_.is_open()) connections_metric_.add(1);  // otherwise it is the listener
}

void HttpServer::on_destroyed(lws* wsi) {
  if (listener_.is_open() && !listener_.on_destroyed(wsi)) connections_metric_.add(-1);
}

void HttpServer::on_adopted(lws* wsi, HttpConnection*& connection) {
  if (!listener_.is_open()) return;  // it is the listener
  auto& place = connections_[wsi];
  const int socket = static_cast<int>(lws_get_socket_fd(wsi));
  ConnectionEnds ends = listener_.ends_of(socket);
  std::string network = limiter_.network_of(ends.client);
  place = std::make_unique<HttpConnection>(wsi, socket, std::move(ends), std::move(network),
                                           authorizer_.common_fields(), timeouts_);
  connection = place.get();
  limiter_.add(connection->network());
  update_idle(*connection);
}

int HttpServer::on_readable(HttpConnection* connection) {
  if (connection != nullptr) return serve(*connection, connection->on_readable());
  listener_.accept_some();
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
  waiting_.erase(*pending);
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

std::optional<Reply> HttpServer::authorize(HttpConnection& connection, Visitor& visitor) {
  const HttpRequest& request = connection.request();
  auto [refused, fields, sender] = authorizer_.authorize(request, client_of(connection));
  visitor = std::move(sender);
  visitor.is_local = is_from_this_machine(request, client_of(connection));
  connection.add_to_answer(std::move(fields));
  if (!refused && !add_forwarded(connection))
    refused = refusal(503, "Too many connections come from your network; try again in a moment.\n");
  if (!refused) return std::nullopt;
  return handler_of(request).complete_refusal(std::move(*refused));
}

void HttpServer::on_head(HttpConnection& connection) {
  Visitor visitor;
  if (auto refused = authorize(connection, visitor)) return connection.answer(std::move(*refused));
  RequestHandler& handler = handler_of(connection.request());
  auto action = handler.on_head(connection.request());
  if (const auto* body = std::get_if<RequestHandler::WantsBody>(&action)) return connection.read_body(body->limit);
  if (const auto* later = std::get_if<RequestHandler::Later>(&action))
    return wait(connection, {&handler, later->number});
  connection.answer(std::get<Reply>(std::move(action)));
}

void HttpServer::on_body(HttpConnection& connection) {
  RequestHandler& handler = handler_of(connection.request());
  auto action = handler.on_body(connection.request(), connection.take_body(), client_ends(connection));
  if (const auto* later = std::get_if<RequestHandler::Later>(&action))
    return wait(connection, {&handler, later->number});
  connection.answer(std::get<Reply>(std::move(action)));
}

void HttpServer::on_bad_request(HttpConnection& connection) {
  bad_requests_.add();
  connection.answer(handler_of(connection.request()).complete_refusal(connection.complaint()));
}

void HttpServer::wait(HttpConnection& connection, PendingRequest pending) {
  waiting_[pending] = &connection;
  connection.wait(pending);
}

void HttpServer::complete(const PendingRequest& request, Reply reply) {
  const auto found = waiting_.find(request);
  if (found == waiting_.end()) return;
  HttpConnection& connection = *found->second;
  waiting_.erase(found);
  connection.answer(std::move(reply));
  update_idle(connection);
}

int HttpServer::upgrade(HttpConnection& connection) {
  UpgradedClient client{.ends = client_ends(connection), .visitor = {}};
  auto refused = authorize(connection, client.visitor);
  if (!refused) refused = upgrade_.refuse(connection.request());
  if (!refused) {
    if (upgrade_.hand_over(connection.socket(), listener_.vhost(), std::move(client))) {
      connection.let_go();
      return -1;
    }
    refused = refusal(503, "The server is busy; try again in a moment.\n");
  }
  connection.answer(std::move(*refused));
  return 0;
}

RequestHandler& HttpServer::handler_of(const HttpRequest& request) const {
  return **std::ranges::find_if(handlers_, [&](const RequestHandler* handler) { return handler->owns(request.path); });
}

}  // namespace cs
