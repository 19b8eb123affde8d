// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "network/ice_servers.hpp"

namespace cs {

/// The TURN URI for webrtcbin's `add-turn-server`: the URI of the settings with the percent-encoded user and password.
/// Empty if no TURN server is configured. It contains the password, so do not log it. Pure.
[[nodiscard]] std::string turn_uri(const IceServers& servers);

}  // namespace cs
