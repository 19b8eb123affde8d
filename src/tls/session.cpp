// SPDX-License-Identifier: MIT
#include "tls/session.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace cs {
namespace {

constexpr std::string_view kSpeakTls =
    "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: "
    "46\r\n\r\n"
    "This server speaks HTTPS: begin with https://\n";

bool would_block(int error) {
  return error == EAGAIN || error == EINTR || error == EINPROGRESS || error == ENOTCONN;
}

/// Disables Nagle's algorithm.
void send_without_delay(const Fd& socket) {
  const int on = 1;
  setsockopt(socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

TlsSession::TlsSession(Fd client, Ssl ssl) : client_(std::move(client)), ssl_(std::move(ssl)) {
  send_without_delay(client_);
}

void TlsSession::connect(Fd server) {
  server_ = std::move(server);
  send_without_delay(server_);
}

std::uint32_t TlsSession::want(int result) {
  switch (SSL_get_error(ssl_.get(), result)) {
    case SSL_ERROR_WANT_READ:
      return EPOLLIN;
    case SSL_ERROR_WANT_WRITE:
      return EPOLLOUT;
    default:
      return 0;
  }
}

TlsSession::Step TlsSession::shake_hands() {
  ERR_clear_error();
  const int result = SSL_accept(ssl_.get());
  if (result == 1) {
    secure_ = true;
    return Step::secure;
  }
  read_wants_ = want(result);
  if (read_wants_ != 0) return Step::on;
  if (ERR_GET_REASON(ERR_peek_error()) == SSL_R_HTTP_REQUEST) {
    failure_ = Failure::plain_http;
    send(client_.get(), kSpeakTls.data(), kSpeakTls.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    // Unread data would reset the connection on close and might discard the answer. Reads only once, because the server
    // does not wait for a client that sends more than one request.
    static_cast<void>(recv(client_.get(), in_.bytes.data(), in_.bytes.size(), MSG_DONTWAIT));
  } else {
    failure_ = Failure::handshake;
  }
  ERR_clear_error();
  return Step::over;
}

TlsSession::Step TlsSession::advance() {
  if (!secure_) return shake_hands();
  if (server_.get() < 0) return Step::secure;
  while (!broken_) {
    bool progress = read_client();
    progress |= write_server();
    progress |= read_server();
    progress |= write_client();
    progress |= pass_on_ends();
    if (!progress) break;
  }
  return broken_ || (sent_client_end_ && sent_server_end_) ? Step::over : Step::on;
}

bool TlsSession::read_client() {
  read_wants_ = 0;
  if (client_end_ || !in_.waiting().empty()) return false;
  ERR_clear_error();
  const int got = SSL_read(ssl_.get(), in_.bytes.data(), static_cast<int>(in_.bytes.size()));
  if (got > 0) {
    in_.begin = 0;
    in_.end = static_cast<std::size_t>(got);
    return true;
  }
  read_wants_ = want(got);
  if (read_wants_ != 0) return false;
  // close_notify, or a FIN without it, ends the stream; any other result is a broken connection.
  client_end_ = true;
  broken_ = SSL_get_error(ssl_.get(), got) != SSL_ERROR_ZERO_RETURN;
  return true;
}

bool TlsSession::write_server() {
  const std::string_view waiting = in_.waiting();
  if (waiting.empty()) return false;
  const ssize_t sent = send(server_.get(), waiting.data(), waiting.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent < 0) {
    broken_ = !would_block(errno);
    return false;
  }
  in_.begin += static_cast<std::size_t>(sent);
  return sent > 0;
}

bool TlsSession::read_server() {
  if (server_end_ || !out_.waiting().empty()) return false;
  const ssize_t got = recv(server_.get(), out_.bytes.data(), out_.bytes.size(), MSG_DONTWAIT);
  if (got < 0) {
    broken_ = !would_block(errno);
    return false;
  }
  out_.begin = 0;
  out_.end = static_cast<std::size_t>(got);
  server_end_ = got == 0;
  return true;
}

bool TlsSession::write_client() {
  write_wants_ = 0;
  const std::string_view waiting = out_.waiting();
  if (waiting.empty()) return false;
  ERR_clear_error();
  const int sent = SSL_write(ssl_.get(), waiting.data(), static_cast<int>(waiting.size()));
  if (sent > 0) {
    out_.begin += static_cast<std::size_t>(sent);
    taken_ += static_cast<std::uint64_t>(sent);
    return true;
  }
  write_wants_ = want(sent);
  broken_ = write_wants_ == 0;
  return false;
}

bool TlsSession::pass_on_ends() {
  bool progress = false;
  if (client_end_ && in_.waiting().empty() && !std::exchange(sent_server_end_, true)) {
    shutdown(server_.get(), SHUT_WR);
    progress = true;
  }
  if (server_end_ && out_.waiting().empty() && !std::exchange(sent_client_end_, true)) {
    ERR_clear_error();
    SSL_shutdown(ssl_.get());  // sends close_notify if the socket has space for it; does not wait
    shutdown(client_.get(), SHUT_WR);
    progress = true;
  }
  return progress;
}

}  // namespace cs
