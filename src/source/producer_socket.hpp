// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/fd.hpp"

namespace cs {

/// Where producers connect if CS_SCENE_SOCKET is not set: in the service's runtime directory ($RUNTIME_DIRECTORY, set
/// by systemd), else in $XDG_RUNTIME_DIR/cubestream, else in /run/cubestream.
[[nodiscard]] std::string default_producer_socket();

/// Creates the socket at `path` and listens, with mode 0660; makes the last folder of the path if it is missing.
/// Replaces a socket without a listener. Throws StartupError, with the remedy.
[[nodiscard]] Fd listen_for_producers(const std::string& path);

}  // namespace cs
