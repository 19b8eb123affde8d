// SPDX-License-Identifier: MIT
#include "producer/peer_process.hpp"

#include <sys/socket.h>

namespace cs {

std::string peer_process(int socket) {
  ucred who{};
  socklen_t size = sizeof who;
  if (getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &size) != 0) return "an unknown process";
  return "process " + std::to_string(who.pid) + " of user " + std::to_string(who.uid);
}

}  // namespace cs
