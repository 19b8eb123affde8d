// SPDX-License-Identifier: MIT
#pragma once

#include "check/check.hpp"
#include "config/settings.hpp"

namespace cs {

// Checks whether viewers can connect and receive media. Any thread; the last two block for a few seconds at most.

/// Opens the listening socket of the HTTP server and closes it again.
[[nodiscard]] Check check_port(const Settings& settings);

/// Lists the addresses that media can be sent from, and who can reach them.
[[nodiscard]] Check check_addresses(const Settings& settings);

/// Counts the free ports of the ICE port range.
[[nodiscard]] Check check_ice_ports(const Settings& settings);

/// Sends a binding request to the STUN server.
[[nodiscard]] Check check_stun(const Settings& settings);

/// Allocates a relay on the TURN server with user and password, and releases it.
[[nodiscard]] Check check_turn(const Settings& settings);

}  // namespace cs
