// SPDX-License-Identifier: MIT
#include "udp_faults.hpp"

#include <dlfcn.h>
#include <sys/socket.h>

#include <cerrno>

namespace cs {

std::atomic<int> burst_error = 0;

}  // namespace cs

/// Found by the linker before the C library's.
extern "C" ssize_t sendmsg(int socket, const msghdr* message, int flags) {
  // GLib, by which libnice sends, does not pass MSG_DONTWAIT.
  if (const int error = cs::burst_error; error != 0 && flags == (MSG_DONTWAIT | MSG_NOSIGNAL)) {
    errno = error;
    return -1;
  }
  static const auto real = reinterpret_cast<decltype(&sendmsg)>(dlsym(RTLD_NEXT, "sendmsg"));
  return real(socket, message, flags);
}
