// SPDX-License-Identifier: MIT
#pragma once

#include "check/check.hpp"
#include "config/settings.hpp"

namespace cs {

// Whether viewers can come, and the picture can go. Any thread; the last two block for a few seconds at most.

/// Really listens where the HTTP server would.
[[nodiscard]] Check check_port(const Settings& settings);

/// The addresses that the picture can come from, and who can reach them.
[[nodiscard]] Check check_addresses(const Settings& settings);

/// How many ports of the range for pictures are free.
[[nodiscard]] Check check_ice_ports(const Settings& settings);

/// Really asks the STUN server for our address.
[[nodiscard]] Check check_stun(const Settings& settings);

/// Really takes a relay of the TURN server, with user and password, and gives it back.
[[nodiscard]] Check check_turn(const Settings& settings);

}  // namespace cs
