// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cubestream/ice_servers.hpp"

namespace cs {

/// For how long a viewer's user and password are good. They are asked for when a relay is taken, and do not end one.
inline constexpr std::chrono::hours kTurnLoginLasts{1};

/// The second that it is by the wall's clock.
[[nodiscard]] std::chrono::sys_seconds wall_second();

/// The servers with a user and a password for the TURN server that it takes until `expires`, made of the secret that it
/// shares with us, and without that secret: coturn's use-auth-secret, draft-uberti-behave-turn-rest-00. `name` tells
/// one user from another. Pure.
[[nodiscard]] IceServers with_login(IceServers servers, std::string_view name, std::chrono::sys_seconds expires);

/// What one client gets of them. Where there is a secret it gets a login of its own, good from `now` on for an hour.
/// Its name is random and used once: the TURN server, and whoever reads its log, learns nothing of who watches, and
/// cannot tell whether two relays are the same viewer's; and what it allows each user, it allows each viewer. Any
/// thread.
[[nodiscard]] IceServers servers_for_one(const IceServers& servers, std::chrono::sys_seconds now = wall_second());

}  // namespace cs
