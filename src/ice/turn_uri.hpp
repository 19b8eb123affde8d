// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cubestream/ice_servers.hpp"

namespace cs {

/// The TURN server as webrtcbin's `add-turn-server` wants it: the URI of the settings with user and password put in,
/// both percent-encoded. Empty: there is none. It holds the password, so it must not reach a log. Pure.
[[nodiscard]] std::string turn_uri(const IceServers& servers);

}  // namespace cs
