// SPDX-License-Identifier: MIT
#include "service/inherited_listener.hpp"

#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstring>
#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

bool is_tcp(int fd) {
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP;
}

}  // namespace

Fd inherited_listener() {
  const int count = sd_listen_fds(1);
  if (count < 0)
    throw StartupError(std::string("cannot take the sockets that were handed over: ") + std::strerror(-count));
  if (count == 0) return Fd();
  if (count > 1)
    throw StartupError(std::to_string(count) +
                       " sockets were handed over, but there is one door; leave one ListenStream= in cubestream.socket "
                       "([::]:8080 takes IPv4 as well)");
  Fd listener(SD_LISTEN_FDS_START);
  if (sd_is_socket(listener.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0 || !is_tcp(listener.get()))
    throw StartupError(
        "the socket that was handed over is not a TCP socket that listens; in cubestream.socket use ListenStream= "
        "with a port, and Accept=no");
  if (!g_unix_set_fd_nonblocking(listener.get(), TRUE, nullptr))
    throw StartupError("the socket that was handed over cannot be made non-blocking");
  return listener;
}

}  // namespace cs
