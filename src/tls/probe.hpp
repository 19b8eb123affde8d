// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// Sends a request by TLS on a connected socket that blocks, and returns what was answered within the socket's own time
/// limits, `limit` bytes at most; empty: nothing was. Whose certificate it is does not matter: this is for asking a
/// service on this machine whether it is well. Any thread.
[[nodiscard]] std::string ask_by_tls(int socket, std::string_view request, std::size_t limit);

}  // namespace cs
