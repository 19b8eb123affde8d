// SPDX-License-Identifier: MIT
// The part of Server that answers plain HTTP.
#include <fcntl.h>

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "http/forwarded.hpp"
#include "signalling/server.hpp"

namespace cs {
namespace {

/// A header field's value; empty when there is none or it is longer than any we look at.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

int Server::serve(HttpConnection& http, HttpConnection::Step step) {
  using Step = HttpConnection::Step;
  int result = 0;
  switch (step) {
    case Step::none:
      break;
    case Step::head:
    case Step::upgrade:
      strangers_.leave(http);
      if (!has_room())
        http.answer(refusal(503, "Too many are here at this moment; try again.\n"));
      else if (step == Step::upgrade)
        result = upgrade(http);
      else
        on_head(http);
      break;
    case Step::body:
      on_body(http);
      break;
    case Step::bad:
      on_complaint(http);
      break;
    case Step::late:
      on_late(http);
      break;
    case Step::gone:
      return -1;
  }
  await_request(http);
  return result;
}

std::optional<Reply> Server::authorize(HttpConnection& http) {
  const HttpRequest& request = http.request();
  RequestAuthorizer::Decision decision = authorizer_.authorize(request, client_of(http));
  http.add_to_answer(std::move(decision.fields));
  if (!decision.reply && !take_in_client(http))
    decision.reply = refusal(503, "Too many connections come from your network at this moment; try again.\n");
  if (decision.reply && WhepHandler::owns(request.path)) return whep_.refuse(std::move(*decision.reply));
  return std::move(decision.reply);
}

void Server::on_head(HttpConnection& http) {
  const HttpRequest& request = http.request();
  if (auto reply = authorize(http)) return http.answer(std::move(*reply));
  if (WhepHandler::owns(request.path)) {
    auto decision = whep_.on_head(request);
    if (const auto* body = std::get_if<WhepHandler::WantsBody>(&decision)) return http.read_body(body->limit);
    return http.answer(std::get<Reply>(std::move(decision)));
  }
  if (api_.owns(request.path)) {
    auto decision = api_.on_head(request);
    if (const auto* body = std::get_if<ApiHandler::WantsBody>(&decision)) return http.read_body(body->limit);
    if (const auto* later = std::get_if<ApiHandler::Later>(&decision)) return ask(http, *later);
    return http.answer(std::get<Reply>(std::move(decision)));
  }
  Reply reply = routes_.answer(request.method, request.path, request.field("if-none-match"));
  if (request.body != HttpRequest::Body::none && reply.status < 400)
    reply = refusal(400, "A request for this must not have a body.\n");
  http.answer(std::move(reply));
}

void Server::on_body(HttpConnection& http) {
  if (api_.owns(http.request().path)) {
    auto decision = api_.on_body(http.request(), http.take_body());
    if (const auto* later = std::get_if<ApiHandler::Later>(&decision)) return ask(http, *later);
    return http.answer(std::get<Reply>(std::move(decision)));
  }
  auto decision = whep_.on_body(http.request(), http.take_body(), client_ends(http));
  if (auto* reply = std::get_if<Reply>(&decision)) return http.answer(std::move(*reply));
  const ClientId client = std::get<WhepHandler::Later>(decision).client;
  waiting_[client] = &http;
  http.wait({PendingRequest::Handler::whep, client});
}

void Server::on_complaint(HttpConnection& http) {
  requests_bad_.add();
  Reply complaint = http.complaint();
  if (WhepHandler::owns(http.request().path)) complaint = whep_.refuse(std::move(complaint));
  http.answer(std::move(complaint));
}

void Server::on_late(HttpConnection& http) {
  const auto pending = http.waits_for();
  if (!pending) return;
  if (pending->handler == PendingRequest::Handler::api)
    tell_asker(pending->number, api_.on_timeout(pending->number));
  else
    tell_waiting(pending->number, whep_.on_timeout(pending->number));
}

void Server::ask(HttpConnection& http, ApiHandler::Later later) {
  askers_[later.number] = &http;
  http.wait({PendingRequest::Handler::api, later.number});
}

void Server::tell_asker(std::uint64_t number, std::optional<Reply> reply) {
  const auto http = askers_.find(number);
  if (!reply || http == askers_.end()) return;
  HttpConnection& connection = *http->second;
  askers_.erase(http);
  connection.answer(std::move(*reply));
  await_request(connection);
}

void Server::deliver_answers() {
  if (answers_ == nullptr) return;
  while (auto answer = answers_->pop()) {
    const std::uint64_t number = answer->number;
    tell_asker(number, api_.on_answer(std::move(*answer)));
  }
}

void Server::tell_waiting(ClientId client, std::optional<Reply> reply) {
  const auto http = waiting_.find(client);
  if (!reply || http == waiting_.end()) return;
  HttpConnection& connection = *http->second;
  waiting_.erase(http);
  connection.answer(std::move(*reply));
  await_request(connection);
}

int Server::upgrade(HttpConnection& http) {
  const HttpRequest& request = http.request();
  const auto no = [&](int status, std::string words) {
    http.answer(refusal(status, std::move(words)));
    return 0;
  };
  if (auto reply = authorize(http)) {
    http.answer(std::move(*reply));
    return 0;
  }
  if (request.method != Method::get || request.body != HttpRequest::Body::none)
    return no(400, "A WebSocket begins with a GET that has no body.\n");
  if (request.field("sec-websocket-version") != "13" || request.field("sec-websocket-key").empty())
    return no(400, "A WebSocket begins with a key, and with the version 13.\n");
  // libwebsockets would hang up on it without an answer.
  const std::string protocols = request.field("sec-websocket-protocol");
  const auto offered = list_items(protocols);
  if (!offered.empty() && std::ranges::find(offered, kProtocols[0].name) == offered.end())
    return no(400, "The WebSocket's subprotocol is \"cubestream\"; ask for that, or for none.\n");
  if (request.path != "/ws") return no(404, "The WebSocket is at /ws.\n");
  if (stopping_ || registry_.is_behind()) return no(503, "The server is busy; try again in a moment.\n");
  // The head has not been read: libwebsockets, on a second descriptor of the socket, finds it as it came.
  const int socket = fcntl(http.socket(), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) return no(503, "The server is busy; try again in a moment.\n");
  http.let_go();
  upgrading_[socket] = client_ends(http);
  lws_adopt_socket_vhost(lws_get_vhost(listener_), socket);  // closes it when it fails
  return -1;
}

std::string Server::client_of(const HttpConnection& http) const {
  return forwarded_for(http.request(), http.address(), config_.trusted_proxies);
}

ConnectionEnds Server::client_ends(const HttpConnection& http) const {
  std::string client = client_of(http);
  const bool is_passed_on = client != http.address();  // then only the proxy came to this address
  return {std::move(client), is_passed_on ? std::string() : http.way().server};
}

int Server::confirm_upgrade(lws* wsi) {
  // What libwebsockets read in the head is what counts: HTTP/2 in clear text would be its own, which has had no
  // security update since 2022. It comes here too after it refused an upgrade by itself; then the head is gone.
  const bool is_websocket = lower_case(header(wsi, WSI_TOKEN_UPGRADE)) == "websocket";
  return is_websocket && header(wsi, WSI_TOKEN_GET_URI) == "/ws" ? 0 : -1;
}

}  // namespace cs
