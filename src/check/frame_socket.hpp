// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.hpp"
#include "check/check.hpp"
#include "config/settings.hpp"

namespace cs {

/// Owner, group and mode of a socket: who may write to it may connect.
struct SocketOwners {
  uid_t user = 0;
  gid_t group = 0;
  mode_t mode = 0;  ///< further bits are ignored
};

/// Says who may connect to a socket at `path` with these owners. `what` begins the sentence. Warns if its group does
/// not exist. Main thread only: it asks the databases of users and groups.
[[nodiscard]] Check check_socket_owners(const std::string& path, const std::string& what, const SocketOwners& owners);

/// Checks where a program that draws connects (CS_SCENE=external): whether the socket can be made or is passed, and who
/// may use it: owner, group and mode. `passed`: the socket from systemd; empty: none. Makes nothing, and a process that
/// listens there does not notice. Main thread only.
[[nodiscard]] Check check_frame_socket(const Settings& settings, const Fd& passed);

}  // namespace cs
