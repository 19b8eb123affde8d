// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/http_request.hpp"
#include "network/ip_prefix.hpp"

namespace cs {

/// Returns the address of the client that sent a request. Starts with the peer address. While the current address is a
/// trusted proxy, it takes the previous entry of X-Forwarded-For. The header is read from its end, because any client
/// can forge the entries before those of the trusted proxies. Pure.
[[nodiscard]] std::string forwarded_for(const HttpRequest& request, const std::string& peer,
                                        const std::vector<IpPrefix>& trusted);

/// Whether a person at this machine sent the request, from `client`: no proxy has forwarded it for others. A proxy on
/// this machine that adds no header field is recognised by the Host, which names its own address. Pure.
[[nodiscard]] bool is_from_this_machine(const HttpRequest& request, const std::string& client);

}  // namespace cs
