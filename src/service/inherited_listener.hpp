// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.hpp"

namespace cs {

/// The listening sockets from systemd (socket activation); an empty Fd for each that was not passed.
struct InheritedListeners {
  Fd tcp;     ///< for the HTTP server
  Fd frames;  ///< for a program that draws: Unix, SOCK_SEQPACKET
};

/// Takes the sockets from systemd, each by its kind: the order of several is random, and the names in LISTEN_FDNAMES
/// can be changed in the unit. Throws StartupError if there are two of a kind, or one of another kind. Main thread
/// only; call once, before anything else opens a descriptor, because child processes must not inherit them.
[[nodiscard]] InheritedListeners inherited_listeners();

}  // namespace cs
