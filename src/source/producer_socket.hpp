// SPDX-License-Identifier: MIT
#pragma once

#include <sys/types.h>

#include <string>

#include "base/fd.hpp"

namespace cs {

/// Where producers connect if CS_SCENE_SOCKET is not set: in the service's runtime directory ($RUNTIME_DIRECTORY, set
/// by systemd), else in $XDG_RUNTIME_DIR/cubestream, else in /run/cubestream.
[[nodiscard]] std::string default_producer_socket();

/// Mode of the socket that listen_for_producers() creates.
inline constexpr mode_t kProducerSocketMode = 0660;

/// Why listen_for_producers() would fail, a sentence with the remedy; empty: the socket can be made. Changes nothing
/// and disturbs no process that listens there. Any thread.
[[nodiscard]] std::string producer_socket_obstacle(const std::string& path);

/// Whether a process has a socket open at `path`, of at most 107 bytes. That process does not notice; it does not even
/// start if systemd listens for it. Any thread.
[[nodiscard]] bool is_producer_socket_in_use(const std::string& path);

/// Creates the socket at `path` and listens; makes the last folder of the path if it is missing. Replaces a socket
/// that no process has open. Throws StartupError, with the remedy. Main thread only: it changes the umask for a moment.
[[nodiscard]] Fd listen_for_producers(const std::string& path);

/// Where a socket listens: its path; with "@" instead of a path if it has none; empty: unknown. Any thread.
[[nodiscard]] std::string producer_socket_path(const Fd& listener);

}  // namespace cs
