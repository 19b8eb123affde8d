// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "base/fd.hpp"

namespace cs {

/// A TCP socket that listens on an address or host name; port 0 means any free one. Our own instead of
/// libwebsockets', which does not say why it could not listen. Throws StartupError. Any thread.
[[nodiscard]] Fd listen_on(const std::string& host, int port);

/// A warning for a host name that means `addresses`, the first of which is listened on; empty: it means only one. Pure.
[[nodiscard]] std::string several_addresses(const std::string& host, std::span<const std::string> addresses);

/// The address that a listening socket has, without the port. Throws StartupError. Any thread.
[[nodiscard]] std::string host_of(const Fd& listener);

/// Whether only this machine can reach it. Throws StartupError. Any thread.
[[nodiscard]] bool is_on_loopback(const Fd& listener);

/// The port that it has. Throws StartupError. Any thread.
[[nodiscard]] int port_of(const Fd& listener);

/// "0.0.0.0:8080", "[::]:8080". Any thread.
[[nodiscard]] std::string host_and_port(const std::string& host, int port);

}  // namespace cs
