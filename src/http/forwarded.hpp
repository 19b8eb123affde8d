// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/http_request.hpp"
#include "network/ip_prefix.hpp"

namespace cs {

/// Returns whether an address belongs to a trusted proxy. Pure.
[[nodiscard]] bool is_trusted(const std::string& address, const std::vector<IpPrefix>& trusted);

/// Returns the client network of an address for connection limits, see client_network(). Empty for trusted proxies too,
/// because a proxy carries many clients. Pure.
[[nodiscard]] std::string untrusted_network(const std::string& address, const std::vector<IpPrefix>& trusted);

/// Returns the address of the client that sent a request. Starts with the peer address. While the current address is a
/// trusted proxy, it takes the previous entry of X-Forwarded-For. The header is read from its end, because any client
/// can forge the entries before those of the trusted proxies. Pure.
[[nodiscard]] std::string forwarded_for(const HttpRequest& request, const std::string& peer,
                                        const std::vector<IpPrefix>& trusted);

}  // namespace cs
