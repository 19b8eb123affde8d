// SPDX-License-Identifier: MIT
#include "network/ip_prefix.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace cs {

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const unsigned all = address->is_ipv6() ? 128 : 32;
  if (slash == text.npos) return IpPrefix(*address, all);
  const auto bits = parse_number<unsigned>(text.substr(slash + 1), 0, all);
  return bits ? std::optional(IpPrefix(*address, *bits)) : std::nullopt;
}

bool IpPrefix::contains(const IpAddress& address) const {
  const auto& own = address_.bytes();
  const auto& other = address.bytes();
  const std::size_t whole = bits_ / 8;
  if (address.is_ipv6() != address_.is_ipv6() || !std::equal(own.begin(), own.begin() + whole, other.begin()))
    return false;
  return bits_ % 8 == 0 || (own.at(whole) ^ other.at(whole)) >> (8 - bits_ % 8) == 0;
}

}  // namespace cs
