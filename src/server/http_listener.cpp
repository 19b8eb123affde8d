// SPDX-License-Identifier: MIT
#include "server/http_listener.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <cerrno>
#include <chrono>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "base/error.hpp"

namespace cs {
namespace {

constexpr int kAcceptAtOnce = 32;
constexpr std::chrono::milliseconds kAcceptAgain{100};
constexpr std::string_view kTerminator = "127.0.0.1";  // where a TLS terminator connects from

/// As a raw file, which libwebsockets only polls. Null: it refuses the descriptor.
lws* adopt(lws_vhost* vhost, int socket, const char* protocol) {
  lws_sock_file_fd_type fd;
  fd.filefd = socket;
  return lws_adopt_descriptor_vhost(vhost, LWS_ADOPT_RAW_FILE_DESC, fd, protocol, nullptr);
}

}  // namespace

HttpListener::HttpListener(const char* protocol, std::optional<TlsUpstream> tls, ConnectionLimiter& limiter)
    : protocol_(protocol), tls_(std::move(tls)), limiter_(limiter), log_(make_log("net")), accept_again_([this] {
        if (wsi_ != nullptr) lws_rx_flow_control(wsi_, 1);
      }) {}

void HttpListener::open(lws_vhost* vhost, Fd listener) {
  wsi_ = adopt(vhost, listener.release(), protocol_);  // after some failures it closes the descriptor itself
  if (wsi_ == nullptr) throw StartupError("cannot start libwebsockets: it does not accept the listening socket");
  vhost_ = vhost;
}

void HttpListener::close() {
  if (wsi_ != nullptr) lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void HttpListener::accept_some() {
  for (int i = 0; i < kAcceptAtOnce && accept_one(); ++i) {
  }
}

bool HttpListener::accept_one() {
  Fd socket(accept4(lws_get_socket_fd(wsi_), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (socket.get() < 0) {
    if (errno == ECONNABORTED) return true;
    if (errno != EAGAIN) wait_to_accept(errno);
    return false;
  }
  cannot_accept_ = false;
  const std::string address = ends_of(socket.get()).client;
  if (tls_ && address.empty()) return true;  // not the terminator
  if (!limiter_.admits(limiter_.network_of(address))) return true;
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (adopt(vhost_, socket.get(), protocol_) != nullptr) static_cast<void>(socket.release());
  return true;
}

void HttpListener::wait_to_accept(int error) {
  // Most likely no descriptor is left. The connections in the queue would make the socket readable again at once.
  if (!std::exchange(cannot_accept_, true))
    log_->warn("cannot accept connections: {}; trying again every 100 ms", std::generic_category().message(error));
  lws_rx_flow_control(wsi_, 0);
  accept_again_.schedule(lws_get_context(wsi_), kAcceptAgain);
}

bool HttpListener::on_destroyed(lws* wsi) {
  if (wsi != wsi_) return false;
  wsi_ = nullptr;
  return true;
}

ConnectionEnds HttpListener::ends_of(int socket) const {
  ConnectionEnds ends{peer_address(socket), local_address(socket)};
  if (!tls_) return ends;
  // The port alone proves nothing: every other address of this machine has a port with the same number.
  return ends.client == kTerminator ? tls_->client_behind(peer_port(socket)) : ConnectionEnds();
}

}  // namespace cs
