// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "network/ice_servers.hpp"

namespace cs {

/// Validity of a viewer's TURN login. The login is checked when a relay is allocated; its expiry does not end a relay.
inline constexpr std::chrono::hours kTurnLoginLasts{1};

/// The current wall-clock time, in whole seconds.
[[nodiscard]] std::chrono::sys_seconds wall_second();

/// Replaces the shared secret in `servers` by a user name and a password that the TURN server accepts until `expires`
/// (coturn's use-auth-secret, draft-uberti-behave-turn-rest-00). `name` distinguishes users. Pure.
[[nodiscard]] IceServers with_login(IceServers servers, std::string_view name, std::chrono::sys_seconds expires);

/// The ICE servers for one client. If a secret is configured, the client gets its own login, valid for one hour from
/// `now`. Its name is random and used once: the TURN server and its log do not identify viewers and cannot link two
/// relays of one viewer, and a limit per user applies to each viewer. Any thread.
[[nodiscard]] IceServers servers_for_one(const IceServers& servers, std::chrono::sys_seconds now = wall_second());

}  // namespace cs
