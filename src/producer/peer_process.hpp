// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The process at the other end of a connected Unix socket, such as "process 4711 of user 1000"; for the log. Any
/// thread.
[[nodiscard]] std::string peer_process(int socket);

}  // namespace cs
