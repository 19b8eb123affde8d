// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "cubestream/ice_servers.hpp"

namespace cs {

/// What a STUN or TURN server gave us.
struct ServerAnswer {
  std::string failure = {};                ///< a sentence; empty: the rest is good
  std::string address = {};                ///< "203.0.113.7:4711": of STUN, we as it sees us; of TURN, the relay's
  std::string path = {};                   ///< "UDP", "TCP" or "TLS over TCP"
  std::chrono::microseconds round_trip{};  ///< of the last request
  bool refuses_login = false;              ///< the failure is about user and password
};

// Requests of our own to the servers of the settings, which therefore are well-formed; both block, no longer than
// `limit`. No sentence holds the password. Any thread.

/// A binding request (RFC 8489).
[[nodiscard]] ServerAnswer ask_stun(const std::string& uri, std::chrono::milliseconds limit);

/// An allocation with user and password (RFC 8656), given back at once.
[[nodiscard]] ServerAnswer allocate_relay(const IceServers& servers, std::chrono::milliseconds limit);

}  // namespace cs
