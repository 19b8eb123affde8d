// SPDX-License-Identifier: MIT
// The half of Server that accepts connections and answers plain HTTP.
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <string>

#include "net/server.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr std::size_t kPiece = 32 * 1024;
constexpr int kReplyTimeout = 10;                       // seconds for the next piece to be taken
constexpr lws_usec_t kUnreadBody = 2 * LWS_US_PER_SEC;  // for a client to stop sending what nobody wants

/// A header field's value; empty when there is none or it is longer than any we look at.
std::string header(lws* wsi, lws_token_indexes token) {
  std::array<char, 256> buffer = {};
  const int length = lws_hdr_copy(wsi, buffer.data(), buffer.size(), token);
  return length > 0 ? std::string(buffer.data(), static_cast<std::size_t>(length)) : std::string();
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
    if (errno != EMFILE && errno != ENFILE) return errno == ECONNABORTED;
    // Left in the queue it would wake us again at once, for ever.
    spare_ = Fd();
    const Fd refused(accept4(lws_get_socket_fd(listener_), nullptr, nullptr, SOCK_CLOEXEC));
    connections_refused_.add();
    spare_ = Fd(open("/dev/null", O_RDONLY | O_CLOEXEC));
    return false;
  }
  if (connections_.value() >= static_cast<std::int64_t>(config_.max_connections)) {
    connections_refused_.add();
    return true;
  }
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  lws_adopt_socket_vhost(lws_get_vhost(listener_), socket.release());  // closes it when it fails
  return true;
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
  // Nobody reads a body: the connection ends instead.
  const bool has_body = method == Method::other || lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_CONTENT_LENGTH) > 0 ||
                        lws_hdr_total_length(wsi, WSI_TOKEN_HTTP_TRANSFER_ENCODING) > 0;
  if (has_body) lws_set_timer_usecs(wsi, kUnreadBody);
  return send(wsi, session, routes_.answer(method, path, header(wsi, WSI_TOKEN_HTTP_IF_NONE_MATCH)), has_body);
}

int Server::send(lws* wsi, Session& session, const Reply& reply, bool ends) {
  const std::string_view body = reply.with_body ? reply.body : std::string_view();
  const std::string_view first = body.substr(0, kPiece);
  if (!write(wsi, reply.head(ends).append(first))) return -1;
  session.unsent = body.data() + first.size();
  session.unsent_size = body.size() - first.size();
  if (session.unsent_size == 0) return complete(wsi);
  lws_callback_on_writable(wsi);
  return 0;
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

int Server::confirm_upgrade(lws* wsi, Session* session) {
  // libwebsockets comes here too after it refused an upgrade by itself; then the head, and `in`, are gone.
  const std::string upgrade = header(wsi, WSI_TOKEN_UPGRADE);
  if (upgrade.empty()) return -1;
  Session none = {};
  const auto refuse = [&](int status, std::string_view words) {
    return send(wsi, session != nullptr ? *session : none, refusal(status, words), true) < 0 ? -1 : 1;
  };
  const auto lower = [](unsigned char c) { return static_cast<char>(std::tolower(c)); };
  std::string kind(upgrade.size(), '\0');
  std::transform(upgrade.begin(), upgrade.end(), kind.begin(), lower);
  // HTTP/2 in clear text would be libwebsockets' own, which has had no security update since 2022.
  if (kind != "websocket") return refuse(400, "Only WebSocket can be switched to.\n");
  if (header(wsi, WSI_TOKEN_GET_URI) != "/ws") return refuse(404, "The WebSocket is at /ws.\n");
  if (stopping_ || !departed_.empty()) return refuse(503, "The server is busy; try again in a moment.\n");
  return 0;
}

}  // namespace cs
