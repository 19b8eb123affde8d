// SPDX-License-Identifier: MIT
// The half of Server that accepts connections and answers plain HTTP.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "base/peer.hpp"
#include "net/forwarded.hpp"
#include "net/server.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr lws_usec_t kAcceptAgain = 100 * LWS_US_PER_MS;

/// A header field's value; empty when there is none or it is longer than any we look at.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

}  // namespace

void Server::accept_some() {
  for (int i = 0; i < kAcceptAtOnce && accept_one(); ++i) {
  }
}

bool Server::accept_one() {
  Fd socket(accept4(lws_get_socket_fd(listener_), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno != EAGAIN) wait_to_accept(errno);
    return false;
  }
  cannot_accept_ = false;
  const std::string address = address_of(socket.get());
  if (config_.tls && address.empty()) return true;  // nobody we know sends it
  if (const auto network = network_for(address); !network.empty() && !tally_.has_room_for(network)) {
    connections_of_address_refused_.add();
    return true;
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // As a file, of which libwebsockets does nothing but to poll it. It leaves one that it does not take open.
  lws_sock_file_fd_type fd;
  fd.filefd = socket.get();
  if (lws_adopt_descriptor_vhost(lws_get_vhost(listener_), LWS_ADOPT_RAW_FILE_DESC, fd, kProtocols[0].name, nullptr))
    static_cast<void>(socket.release());
  return true;
}

void Server::wait_to_accept(int error) {
  // Most likely no descriptor is left. What waits in the queue would wake us again at once, for ever.
  if (!std::exchange(cannot_accept_, true))
    log_->warn("cannot accept connections: {}; trying on", std::generic_category().message(error));
  lws_rx_flow_control(listener_, 0);
  const auto again = [](lws_sorted_usec_list_t* entry) {
    lws* const listener = reinterpret_cast<Timer*>(entry)->server->listener_;
    if (listener != nullptr) lws_rx_flow_control(listener, 1);
  };
  lws_sul_schedule(context_.get(), 0, &accept_timer_.entry, again, kAcceptAgain);
}

void Server::count(lws* wsi, int change) {
  if (!open_) return;  // it is the listener that is being made
  if (wsi == listener_)
    listener_ = nullptr;
  else
    connections_.add(change);
}

std::string Server::address_of(int socket) const {
  return config_.tls ? config_.tls->client_behind(peer_port(socket)) : peer_address(socket);
}

std::string Server::network_for(const std::string& address) const {
  // A proxy speaks for many.
  return is_trusted(address, config_.trusted_proxies) ? std::string() : network_of(address);
}

void Server::greet(lws* wsi, Session& session) {
  auto& http = http_[wsi];
  const int socket = static_cast<int>(lws_get_socket_fd(wsi));
  std::string address = address_of(socket);
  std::string network = network_for(address);
  http = std::make_unique<HttpConnection>(wsi, socket, std::move(address), std::move(network), gate_.common_fields());
  session.http = http.get();
  tally_.come(http->network());
  seat(*http);
}

void Server::seat(HttpConnection& http) {
  if (!http.waits_for_head()) return strangers_.leave(http);
  HttpConnection* const loser = strangers_.enter(http, http.network());
  if (loser == nullptr) return;
  connections_dropped_.add();
  ++dropped_;
  loser->drop();
}

bool Server::has_room() {
  if (http_.size() - strangers_.size() - dropped_ + clients_.size() <= config_.max_connections) return true;
  if (Connection* const loser = silent_.give_way()) {
    connections_dropped_.add();
    loser->drop("gave way to others, since it had not offered");
    return true;
  }
  connections_refused_.add();
  return false;
}

void Server::end_http(lws* wsi, Session& session) {
  if (session.http == nullptr) return;
  const HttpConnection& http = *std::exchange(session.http, nullptr);
  const auto ticket = http.waits_for();
  strangers_.leave(http);
  tally_.go(http.network());
  if (http.is_dropped()) --dropped_;
  http_.erase(wsi);
  if (!ticket) return;
  if (ticket->desk == Ticket::Desk::api) {
    askers_.erase(ticket->number);
    return api_.hung_up(ticket->number);
  }
  waiting_.erase(ticket->number);
  whep_.hung_up(ticket->number);
}

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
  seat(http);
  return result;
}

std::optional<Reply> Server::judge(HttpConnection& http) {
  const HttpRequest& request = http.request();
  Gate::Verdict verdict = gate_.judge(request, client_of(http));
  http.add_to_answer(std::move(verdict.fields));
  if (verdict.reply && Whep::owns(request.path)) return whep_.refuse(std::move(*verdict.reply));
  return std::move(verdict.reply);
}

void Server::on_head(HttpConnection& http) {
  const HttpRequest& request = http.request();
  if (auto reply = judge(http)) return http.answer(std::move(*reply));
  if (Whep::owns(request.path)) {
    auto verdict = whep_.on_head(request);
    if (const auto* body = std::get_if<Whep::WantsBody>(&verdict)) return http.read_body(body->limit);
    return http.answer(std::get<Reply>(std::move(verdict)));
  }
  if (api_.owns(request.path)) {
    auto verdict = api_.on_head(request);
    if (const auto* body = std::get_if<Api::WantsBody>(&verdict)) return http.read_body(body->limit);
    if (const auto* later = std::get_if<Api::Later>(&verdict)) return ask(http, *later);
    return http.answer(std::get<Reply>(std::move(verdict)));
  }
  Reply reply = routes_.answer(request.method, request.path, request.field("if-none-match"));
  if (request.body != HttpRequest::Body::none && reply.status < 400)
    reply = refusal(400, "A request for this must not have a body.\n");
  http.answer(std::move(reply));
}

void Server::on_body(HttpConnection& http) {
  if (api_.owns(http.request().path)) {
    auto verdict = api_.on_body(http.request(), http.take_body());
    if (const auto* later = std::get_if<Api::Later>(&verdict)) return ask(http, *later);
    return http.answer(std::get<Reply>(std::move(verdict)));
  }
  auto verdict = whep_.on_body(http.request(), http.take_body(), client_of(http));
  if (auto* reply = std::get_if<Reply>(&verdict)) return http.answer(std::move(*reply));
  const ClientId client = std::get<Whep::Later>(verdict).client;
  waiting_[client] = &http;
  http.wait({Ticket::Desk::whep, client});
}

void Server::on_complaint(HttpConnection& http) {
  requests_bad_.add();
  Reply complaint = http.complaint();
  if (Whep::owns(http.request().path)) complaint = whep_.refuse(std::move(complaint));
  http.answer(std::move(complaint));
}

void Server::on_late(HttpConnection& http) {
  const auto ticket = http.waits_for();
  if (!ticket) return;
  if (ticket->desk == Ticket::Desk::api)
    tell_asker(ticket->number, api_.too_late(ticket->number));
  else
    tell_waiting(ticket->number, whep_.too_late(ticket->number));
}

void Server::ask(HttpConnection& http, Api::Later later) {
  askers_[later.number] = &http;
  http.wait({Ticket::Desk::api, later.number});
}

void Server::tell_asker(std::uint64_t number, std::optional<Reply> reply) {
  const auto http = askers_.find(number);
  if (!reply || http == askers_.end()) return;
  HttpConnection& connection = *http->second;
  askers_.erase(http);
  connection.answer(std::move(*reply));
  seat(connection);
}

void Server::deliver_answers() {
  if (answers_ == nullptr) return;
  while (auto answer = answers_->pop()) {
    const std::uint64_t number = answer->number;
    tell_asker(number, api_.hear(std::move(*answer)));
  }
}

void Server::tell_waiting(ClientId client, std::optional<Reply> reply) {
  const auto http = waiting_.find(client);
  if (!reply || http == waiting_.end()) return;
  HttpConnection& connection = *http->second;
  waiting_.erase(http);
  connection.answer(std::move(*reply));
  seat(connection);
}

int Server::upgrade(HttpConnection& http) {
  const HttpRequest& request = http.request();
  const auto no = [&](int status, std::string words) {
    http.answer(refusal(status, std::move(words)));
    return 0;
  };
  if (auto reply = judge(http)) {
    http.answer(std::move(*reply));
    return 0;
  }
  if (request.method != Method::get || request.body != HttpRequest::Body::none)
    return no(400, "A WebSocket begins with a GET that has no body.\n");
  if (request.field("sec-websocket-version") != "13" || request.field("sec-websocket-key").empty())
    return no(400, "A WebSocket begins with a key, and with the version 13.\n");
  if (request.path != "/ws") return no(404, "The WebSocket is at /ws.\n");
  if (stopping_ || guestbook_.is_behind()) return no(503, "The server is busy; try again in a moment.\n");
  // The head has not been read: libwebsockets, on a second descriptor of the socket, finds it as it came.
  const int socket = fcntl(http.socket(), F_DUPFD_CLOEXEC, 0);
  if (socket < 0) return no(503, "The server is busy; try again in a moment.\n");
  http.let_go();
  upgrading_[socket] = client_of(http);
  lws_adopt_socket_vhost(lws_get_vhost(listener_), socket);  // closes it when it fails
  return -1;
}

std::string Server::client_of(const HttpConnection& http) const {
  return forwarded_for(http.request(), http.address(), config_.trusted_proxies);
}

int Server::confirm_upgrade(lws* wsi) {
  // What libwebsockets read in the head is what counts: HTTP/2 in clear text would be its own, which has had no
  // security update since 2022. It comes here too after it refused an upgrade by itself; then the head is gone.
  const bool is_websocket = lower_case(header(wsi, WSI_TOKEN_UPGRADE)) == "websocket";
  return is_websocket && header(wsi, WSI_TOKEN_GET_URI) == "/ws" ? 0 : -1;
}

}  // namespace cs
