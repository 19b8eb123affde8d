// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "http/http_request.hpp"
#include "network/ip_prefix.hpp"

namespace cs {

/// Whether an address is one of a proxy that we trust. Pure.
[[nodiscard]] bool is_trusted(const std::string& address, const std::vector<IpPrefix>& trusted);

/// Whose an address is, for counting, see client_network(); empty for those proxies as well, which speak for many.
/// Pure.
[[nodiscard]] std::string untrusted_network(const std::string& address, const std::vector<IpPrefix>& trusted);

/// The address of the client that a request comes from: the peer's own, or, as long as it is a proxy that we trust, the
/// one before it in X-Forwarded-For, which is read from its end, for what stands before the last trusted proxy's word
/// anybody can have written. Pure.
[[nodiscard]] std::string forwarded_for(const HttpRequest& request, const std::string& peer,
                                        const std::vector<IpPrefix>& trusted);

}  // namespace cs
