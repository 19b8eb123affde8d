// SPDX-License-Identifier: MIT
#include "network/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <utility>
#include <vector>

#include "network/ip_prefix.hpp"

// Not GInetAddress: it is an object on the heap, and knows neither RFC 4193 and RFC 6598 nor embedded addresses. Not
// GInetAddressMask: it rejects 10.1.2.3/8, and matching needs an object for each address.

namespace cs {
namespace {

IpPrefix prefix(std::string_view text) {
  return IpPrefix::parse(text).value();
}

std::vector<IpPrefix> prefixes(std::initializer_list<std::string_view> texts) {
  std::vector<IpPrefix> result;
  std::ranges::transform(texts, std::back_inserter(result), prefix);
  return result;
}

}  // namespace

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  if (text.size() >= INET6_ADDRSTRLEN || text.find('\0') != text.npos) return std::nullopt;
  IpAddress address;
  address.is_ipv6_ = text.find(':') != text.npos;
  const int family = address.is_ipv6_ ? AF_INET6 : AF_INET;
  if (inet_pton(family, std::string(text).c_str(), address.bytes_.data()) != 1) return std::nullopt;
  return address;
}

IpAddress::Reach IpAddress::reach() const {
  if (const auto inner = embedded()) {
    const Reach reach = inner->reach();
    return reach == Reach::private_network || reach == Reach::everywhere ? reach : Reach::nowhere;
  }
  static const std::vector<std::pair<Reach, std::vector<IpPrefix>>> ranges = {
      {Reach::machine, prefixes({"127.0.0.0/8", "::1"})},
      {Reach::link, prefixes({"169.254.0.0/16", "fe80::/10"})},
      // RFC 1918, RFC 6598, RFC 4193, RFC 3879 (site-local, still in use)
      {Reach::private_network,
       prefixes({"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7", "fec0::/10"})},
      // Unspecified, multicast and reserved; IPv4-mapped and IPv4-compatible; RFC 2765, RFC 8215
      {Reach::nowhere,
       prefixes({"0.0.0.0/8", "224.0.0.0/3", "ff00::/8", "::/80", "::ffff:0:0:0/96", "64:ff9b:1::/48"})}};
  for (const auto& [reach, range] : ranges)
    if (std::ranges::any_of(range, [&](const IpPrefix& each) { return each.contains(*this); })) return reach;
  return Reach::everywhere;
}

IpAddress IpAddress::ipv4_at(std::size_t offset) const {
  IpAddress inner;
  std::copy_n(bytes_.begin() + offset, 4, inner.bytes_.begin());
  return inner;
}

std::optional<IpAddress> IpAddress::embedded() const {
  static const IpPrefix nat64 = prefix("64:ff9b::/96");     // RFC 6052, section 2.1
  static const IpPrefix six_to_four = prefix("2002::/16");  // RFC 3056
  if (nat64.contains(*this)) return ipv4_at(12);
  return six_to_four.contains(*this) ? std::optional(ipv4_at(2)) : std::nullopt;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_ipv6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::unmapped() const {
  static const IpPrefix mapped = prefix("::ffff:0:0/96");
  return mapped.contains(*this) ? ipv4_at(12) : *this;
}

std::string IpAddress::network() const {
  if (!is_ipv6_ || reach() == Reach::link || reach() == Reach::machine) return text();
  IpAddress network = *this;
  std::fill(network.bytes_.begin() + 8, network.bytes_.end(), static_cast<unsigned char>(0));
  return network.text() + "/64";
}

}  // namespace cs
