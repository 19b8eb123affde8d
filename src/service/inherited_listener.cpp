// SPDX-License-Identifier: MIT
#include "service/inherited_listener.hpp"

#include <glib-unix.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "config/values.hpp"

namespace cs {
namespace {

bool is_tcp(int fd) {
  if (sd_is_socket(fd, AF_UNSPEC, SOCK_STREAM, 1) <= 0) return false;
  int protocol = 0;
  socklen_t size = sizeof protocol;
  return getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &size) == 0 && protocol == IPPROTO_TCP;
}

bool is_frames(int fd) {
  return sd_is_socket(fd, AF_UNIX, SOCK_SEQPACKET, 1) > 0;
}

/// The names of the sockets, for error texts only.
std::vector<std::string> taken(char** names) {
  std::vector<std::string> result;
  for (char** name = names; name != nullptr && *name != nullptr; ++name) {
    result.emplace_back(*name);
    std::free(*name);  // NOLINT: allocated by libsystemd
  }
  std::free(static_cast<void*>(names));  // NOLINT
  return result;
}

void keep(Fd& place, Fd listener, const char* error) {
  if (place.get() >= 0) throw StartupError(error);
  if (!g_unix_set_fd_nonblocking(listener.get(), TRUE, nullptr))
    throw StartupError("cannot make a socket from systemd non-blocking");
  place = std::move(listener);
}

}  // namespace

InheritedListeners inherited_listeners() {
  char** c_names = nullptr;
  const int count = sd_listen_fds_with_names(1, &c_names);
  if (count < 0) throw StartupError(std::string("cannot take the sockets from systemd: ") + std::strerror(-count));
  const std::vector<std::string> names = taken(c_names);
  std::vector<Fd> passed;
  for (int i = 0; i < count; ++i) passed.emplace_back(SD_LISTEN_FDS_START + i);

  InheritedListeners result;
  for (std::size_t i = 0; i < passed.size(); ++i) {
    Fd& each = passed[i];
    if (is_frames(each.get())) {
      keep(result.frames, std::move(each),
           "systemd passed several sockets for frames, but only one is supported; leave one ListenSequentialPacket= in "
           "cubestream-frames.socket");
    } else if (is_tcp(each.get())) {
      keep(result.tcp, std::move(each),
           "systemd passed several TCP sockets, but only one is supported; leave one ListenStream= in "
           "cubestream.socket ([::]:8080 accepts IPv4 as well)");
    } else {
      throw StartupError(
          "the socket " + (i < names.size() ? in_quotes(names[i]) : "") +
          " from systemd is neither a listening TCP socket (ListenStream= with a port, in "
          "cubestream.socket) nor a listening socket for frames (ListenSequentialPacket= with a path, in "
          "cubestream-frames.socket); remove it from its unit, and set Accept=no there");
    }
  }
  return result;
}

}  // namespace cs
