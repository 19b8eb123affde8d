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
  if (count < 0) throw StartupError(std::string("cannot take the sockets from systemd: ") + std::strerror(-count));
  if (count == 0) return Fd();
  if (count > 1)
    throw StartupError(std::to_string(count) +
                       " sockets were passed by systemd, but only one is supported; leave one ListenStream= in "
                       "cubestream.socket ([::]:8080 accepts IPv4 as well)");
  Fd listener(SD_LISTEN_FDS_START);
  if (sd_is_socket(listener.get(), AF_UNSPEC, SOCK_STREAM, 1) <= 0 || !is_tcp(listener.get()))
    throw StartupError(
        "the socket from systemd is not a listening TCP socket; in cubestream.socket use ListenStream= with a port, "
        "and Accept=no");
  if (!g_unix_set_fd_nonblocking(listener.get(), TRUE, nullptr))
    throw StartupError("cannot make the socket from systemd non-blocking");
  return listener;
}

}  // namespace cs
