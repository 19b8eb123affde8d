// SPDX-License-Identifier: MIT
#include "network/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <span>

namespace cs {
namespace {

constexpr std::array<unsigned char, 12> kNat64 = {0, 0x64, 0xff, 0x9b};                      // RFC 6052, section 2.1
constexpr std::array<unsigned char, 6> kLocalNat64 = {0, 0x64, 0xff, 0x9b, 0, 1};            // RFC 8215
constexpr std::array<unsigned char, 2> k6to4 = {0x20, 0x02};                                 // RFC 3056
constexpr std::array<unsigned char, 12> kTranslated = {0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};  // RFC 2765

IpAddress::Reach reach_of_ipv4(unsigned a, unsigned b) {
  using Reach = IpAddress::Reach;
  if (a == 0 || a >= 224) return Reach::nowhere;
  if (a == 127) return Reach::machine;
  if (a == 169 && b == 254) return Reach::link;
  const bool rfc1918 = a == 10 || (a == 172 && b >= 16 && b < 32) || (a == 192 && b == 168);
  const bool rfc6598 = a == 100 && b >= 64 && b < 128;
  return rfc1918 || rfc6598 ? Reach::private_network : Reach::everywhere;
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
  if (!is_ipv6_) return reach_of_ipv4(bytes_[0], bytes_[1]);
  const bool zeros = std::all_of(bytes_.begin(), bytes_.begin() + 10, [](unsigned char byte) { return byte == 0; });
  if (zeros) {  // ::, ::1, IPv4-mapped and IPv4-compatible addresses
    const bool loopback =
        std::all_of(bytes_.begin() + 10, bytes_.end() - 1, [](unsigned char byte) { return byte == 0; });
    return loopback && bytes_[15] == 1 ? Reach::machine : Reach::nowhere;
  }
  if (const auto inner = embedded()) {
    const Reach reach = inner->reach();
    return reach == Reach::private_network || reach == Reach::everywhere ? reach : Reach::nowhere;
  }
  if (bytes_[0] == 0xff || starts_with(kLocalNat64) || starts_with(kTranslated)) return Reach::nowhere;
  if (bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80U) return Reach::link;
  const bool site_local = bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0xc0U;  // RFC 3879, still in use
  return site_local || (bytes_[0] & 0xfeU) == 0xfcU ? Reach::private_network : Reach::everywhere;
}

bool IpAddress::starts_with(std::span<const unsigned char> prefix) const {
  return is_ipv6_ && std::ranges::equal(prefix, std::span(bytes_).first(prefix.size()));
}

std::optional<IpAddress> IpAddress::embedded() const {
  const bool is_nat64 = starts_with(kNat64);
  if (!is_nat64 && !starts_with(k6to4)) return std::nullopt;
  IpAddress inner;
  std::copy_n(bytes_.begin() + (is_nat64 ? kNat64.size() : k6to4.size()), 4, inner.bytes_.begin());
  return inner;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_ipv6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

IpAddress IpAddress::unmapped() const {
  constexpr std::array<unsigned char, 12> kMapped = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  if (!is_ipv6_ || !std::equal(kMapped.begin(), kMapped.end(), bytes_.begin())) return *this;
  IpAddress address;
  std::copy(bytes_.begin() + kMapped.size(), bytes_.end(), address.bytes_.begin());
  return address;
}

std::string IpAddress::network() const {
  if (!is_ipv6_ || reach() == Reach::link || reach() == Reach::machine) return text();
  IpAddress network = *this;
  std::fill(network.bytes_.begin() + 8, network.bytes_.end(), static_cast<unsigned char>(0));
  return network.text() + "/64";
}

}  // namespace cs
