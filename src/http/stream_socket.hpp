// SPDX-License-Identifier: MIT
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstddef>
#include <span>
#include <string_view>

namespace cs {

/// Calls that never block, on a connected TCP socket that another object owns. One thread.
class StreamSocket {
 public:
  // Results of receive(), peek() and send() instead of a number of bytes.
  static constexpr ssize_t kWouldBlock = -1;
  static constexpr ssize_t kBroken = -2;

  explicit StreamSocket(int fd) : fd_(fd) {}
  [[nodiscard]] int fd() const { return fd_; }

  /// Returns the number of bytes received. 0: the client has shut down its sending side, but may still read (RFC 9112,
  /// section 9.6).
  [[nodiscard]] ssize_t receive(std::span<char> to) const {
    return result(recv(fd_, to.data(), to.size(), MSG_DONTWAIT));
  }
  /// As receive(), but the bytes stay in the socket.
  [[nodiscard]] ssize_t peek(std::span<char> to) const {
    return result(recv(fd_, to.data(), to.size(), MSG_DONTWAIT | MSG_PEEK));
  }
  /// Returns the number of bytes that the socket took.
  [[nodiscard]] ssize_t send(std::string_view bytes) const {
    return result(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
  }

  /// Makes the socket readable only when this many bytes wait, or at the end of input.
  void set_low_water(std::size_t bytes) const {
    const int value = static_cast<int>(bytes);
    setsockopt(fd_, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
  }
  void end_sending() const { shutdown(fd_, SHUT_WR); }

  /// Whether both directions have ended.
  [[nodiscard]] bool is_broken() const {
    pollfd broken = {fd_, 0, 0};
    return poll(&broken, 1, 0) > 0;
  }

 private:
  static ssize_t result(ssize_t count) {
    if (count >= 0) return count;
    return errno == EAGAIN || errno == EINTR ? kWouldBlock : kBroken;
  }

  int fd_;
};

}  // namespace cs
