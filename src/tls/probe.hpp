// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <string_view>

namespace cs {

/// Sends a request over TLS on a connected blocking socket. Returns at most `limit` bytes of the answer, or an empty
/// string on failure. The socket's own timeouts apply. Does not verify the certificate: use it only for the health
/// check of a server on this machine. Any thread.
[[nodiscard]] std::string ask_by_tls(int socket, std::string_view request, std::size_t limit);

}  // namespace cs
