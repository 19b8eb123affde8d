// SPDX-License-Identifier: MIT
#include "service/health.hpp"

#include <netdb.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "base/fd.hpp"
#include "tls/probe.hpp"

namespace cs {
namespace {

constexpr timeval kTimeout = {.tv_sec = 3, .tv_usec = 0};  // for each step
constexpr std::string_view kRequest = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
constexpr std::size_t kMaxAnswer = 256;
constexpr std::string_view kHealthy = "HTTP/1.1 200 ";

std::string why(int error) {
  return error == EAGAIN || error == EINPROGRESS ? "no answer" : std::strerror(error);
}

/// Sends the request and appends the response to `answer`. Returns errno on failure, else 0.
int ask_plainly(int socket, std::string& answer) {
  if (send(socket, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(kRequest.size()))
    return errno;
  std::array<char, kMaxAnswer> buffer = {};
  while (answer.find("\r\n") == answer.npos && answer.size() < buffer.size()) {
    const ssize_t n = recv(socket, buffer.data(), buffer.size(), 0);
    if (n < 0) return errno;
    if (n == 0) break;
    answer.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return 0;
}

}  // namespace

std::string health_complaint(const std::string& host, int port, bool by_tls) {
  if (port == 0) return "CS_PORT=0 does not name a port; set the port of the service";
  // A service that listens on all addresses is asked on loopback.
  const std::string name = host == "0.0.0.0" ? "127.0.0.1" : host == "::" ? "::1" : host;
  const std::string prefix = "the service at " + name + " port " + std::to_string(port) + " is not healthy: ";
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(name.c_str(), std::to_string(port).c_str(), &hints, &found); error != 0)
    return prefix + gai_strerror(error);
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> address(found, &freeaddrinfo);

  const Fd connection(socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  for (const int which : {SO_SNDTIMEO, SO_RCVTIMEO})  // SO_SNDTIMEO also limits connect()
    setsockopt(connection.get(), SOL_SOCKET, which, &kTimeout, sizeof kTimeout);
  if (connect(connection.get(), address->ai_addr, address->ai_addrlen) != 0) return prefix + why(errno);
  std::string answer;
  if (by_tls) {
    answer = ask_by_tls(connection.get(), kRequest, kMaxAnswer);
    if (answer.empty()) return prefix + "no answer over TLS";
  } else if (const int error = ask_plainly(connection.get(), answer); error != 0) {
    return prefix + why(error);
  }
  const std::string status = answer.substr(0, answer.find("\r\n"));
  if (status.starts_with(kHealthy)) return "";
  return prefix +
         (status.starts_with("HTTP/1.1 ") ? "it answers " + status.substr(9) : "the answer is not from cubestreamd");
}

}  // namespace cs
