// SPDX-License-Identifier: MIT
#include "network/ip_prefix.hpp"

#include "base/text.hpp"

namespace cs {

std::optional<IpPrefix> IpPrefix::parse(std::string_view text) {
  const auto slash = text.find('/');
  const auto address = IpAddress::parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  const int all = address->is_ipv6() ? 128 : 32;
  if (slash == text.npos) return IpPrefix(*address, all);
  const auto bits = parse_number<unsigned>(text.substr(slash + 1), 0, static_cast<unsigned>(all));
  return bits ? std::optional(IpPrefix(*address, static_cast<int>(*bits))) : std::nullopt;
}

bool IpPrefix::contains(const IpAddress& address) const {
  if (address.is_ipv6() != address_.is_ipv6()) return false;
  for (int i = 0; i < bits_; i += 8) {
    const int kept = bits_ - i >= 8 ? 8 : bits_ - i;
    const unsigned mask = 0xffU << (8 - kept) & 0xffU;
    const auto at = static_cast<std::size_t>(i / 8);
    if ((address.bytes().at(at) & mask) != (address_.bytes().at(at) & mask)) return false;
  }
  return true;
}

}  // namespace cs
