// SPDX-License-Identifier: MIT
// The half of Server that accepts connections and answers plain HTTP.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string>
#include <system_error>
#include <utility>

#include "net/server.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr std::size_t kPiece = 32 * 1024;
constexpr int kReplyTimeout = 10;  // seconds for the next piece to be taken
constexpr lws_usec_t kAcceptAgain = 100 * LWS_US_PER_MS;
constexpr lws_usec_t kCheckReader = 100 * LWS_US_PER_MS;

/// A header field's value; empty when there is none or it is longer than any we look at.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
}

std::string lower_case(std::string text) {
  for (char& c : text)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return text;
}

Method method_of(lws* wsi) {
  char* uri = nullptr;
  int length = 0;
  switch (lws_http_get_uri_and_method(wsi, &uri, &length)) {
    case LWSHUMETH_GET:
      return Method::get;
    case LWSHUMETH_HEAD:
      return Method::head;
    default:
      return Method::other;
  }
}

/// False: the connection is no good.
bool write(lws* wsi, std::string_view text) {
  std::string buffer(LWS_PRE, '\0');
  buffer.append(text);
  const auto size = static_cast<int>(text.size());
  return lws_write(wsi, reinterpret_cast<unsigned char*>(buffer.data()) + LWS_PRE, text.size(), LWS_WRITE_HTTP) >= size;
}

/// The last words on a connection.
void refuse(lws* wsi, const Reply& reply) {
  std::string text = reply.head(true);
  if (reply.with_body) text += reply.body;
  write(wsi, text);
}

int complete(lws* wsi) {
  return lws_http_transaction_completed(wsi) != 0 ? -1 : 0;
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
  if (connections_.value() >= static_cast<std::int64_t>(config_.max_connections)) {
    connections_refused_.add();
    return true;
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  lws_adopt_socket_vhost(lws_get_vhost(listener_), socket.release());  // closes it when it fails
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

int Server::answer(lws* wsi, Session& session, std::string_view path) {
  const Method method = method_of(wsi);
  const Reply reply = routes_.answer(method, path, header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH));
  const bool has_body = method == Method::other || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
                        lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
  if (!has_body) return send(wsi, session, reply);
  // libwebsockets 4.1.6 loops for ever over a body that nobody wants when more input follows it: do not let it begin.
  refuse(wsi, reply.status < 400 ? refusal(400, "A request must not have a body.\n") : reply);
  return -1;
}

int Server::send(lws* wsi, Session& session, const Reply& reply) {
  const std::string_view body = reply.with_body ? reply.body : std::string_view();
  const std::string_view first = body.substr(0, kPiece);
  if (!write(wsi, reply.head(false).append(first))) return -1;
  session.unsent = body.data() + first.size();
  session.unsent_size = body.size() - first.size();
  lws_set_timer_usecs(wsi, kCheckReader);
  if (session.unsent_size == 0) return complete(wsi);
  lws_callback_on_writable(wsi);
  return 0;
}

void Server::check_reader(lws* wsi, const Session& session) {
  if (session.unsent_size == 0 && lws_send_pipe_choked(wsi) == 0) return;
  // libwebsockets reads no further request before the reply is taken, but polls for it, or remembers to have read it
  // already, and so spins: a client that does not read what it asked for may not ask for more.
  pollfd input = {lws_get_socket_fd(wsi), POLLIN | POLLRDHUP, 0};
  if (poll(&input, 1, 0) > 0 || lws_service_adjust_timeout(context_.get(), 1, 0) == 0)
    lws_set_timeout(wsi, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
  else
    lws_set_timer_usecs(wsi, kCheckReader);
}

int Server::send_rest(lws* wsi, Session& session) {
  if (session.unsent_size == 0) return 0;
  const std::size_t size = std::min(session.unsent_size, kPiece);
  if (!write(wsi, {session.unsent, size})) return -1;
  session.unsent += size;
  session.unsent_size -= size;
  if (session.unsent_size == 0) return complete(wsi);
  lws_set_timeout(wsi, PENDING_TIMEOUT_HTTP_CONTENT, kReplyTimeout);
  lws_callback_on_writable(wsi);
  return 0;
}

int Server::confirm_upgrade(lws* wsi) {
  // libwebsockets comes here too after it refused an upgrade by itself; then the head, and `in`, are gone.
  const std::string upgrade = header(wsi, WSI_TOKEN_UPGRADE);
  if (upgrade.empty()) return -1;
  const auto no = [&](int status, std::string_view words) {
    refuse(wsi, refusal(status, words));
    return -1;
  };
  // HTTP/2 in clear text would be libwebsockets' own, which has had no security update since 2022.
  if (lower_case(upgrade) != "websocket") return no(400, "Only WebSocket can be switched to.\n");
  if (header(wsi, WSI_TOKEN_GET_URI) != "/ws") return no(404, "The WebSocket is at /ws.\n");
  if (stopping_ || !departed_.empty()) return no(503, "The server is busy; try again in a moment.\n");
  return 0;
}

}  // namespace cs
