// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>

#include "network/ice_servers.hpp"

namespace cs {

/// The response of a STUN or TURN server.
struct ServerAnswer {
  std::string failure = {};  ///< error text; empty: the rest is valid
  std::string address = {};  ///< such as "203.0.113.7:4711"; STUN: the mapped address, TURN: the relay
  std::string path = {};     ///< "UDP", "TCP" or "TLS over TCP"
  std::chrono::duration<double, std::milli> round_trip{};  ///< of the last request
  bool refuses_login = false;                              ///< the server rejected user and password
};

// Requests to the STUN and TURN servers of the settings, whose URIs are valid. Both block for at most `limit`. Error
// texts never contain the password. Any thread.

/// Sends a binding request (RFC 8489).
[[nodiscard]] ServerAnswer ask_stun(const std::string& uri, std::chrono::milliseconds limit);

/// Allocates a relay with user and password (RFC 8656), and releases it at once.
[[nodiscard]] ServerAnswer allocate_relay(const IceServers& servers, std::chrono::milliseconds limit);

}  // namespace cs
