// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "base/fd.hpp"

namespace cs {

/// Opens a TCP socket that listens on an address or host name; port 0 means any free port. libwebsockets does not
/// create the socket because it does not report why it cannot listen. Throws StartupError on failure. Any thread.
[[nodiscard]] Fd listen_on(const std::string& host, int port);

/// A warning for a host name that resolves to several addresses: the server listens on the first only. Empty if there
/// is only one address. Pure.
[[nodiscard]] std::string several_addresses(const std::string& host, std::span<const std::string> addresses);

/// The address of a listening socket, without the port. Throws StartupError on failure. Any thread.
[[nodiscard]] std::string host_of(const Fd& listener);

/// Whether the socket listens on loopback only. Throws StartupError on failure. Any thread.
[[nodiscard]] bool is_on_loopback(const Fd& listener);

/// The port of a listening socket. Throws StartupError on failure. Any thread.
[[nodiscard]] int port_of(const Fd& listener);

/// Host and port as one text: "0.0.0.0:8080", "[::]:8080". Any thread.
[[nodiscard]] std::string host_and_port(const std::string& host, int port);

}  // namespace cs
