// SPDX-License-Identifier: MIT
#include "base/ip_address.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace cs {
namespace {

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
  if (zeros) {  // ::, ::1, and what holds an IPv4 address
    const bool loopback =
        std::all_of(bytes_.begin() + 10, bytes_.end() - 1, [](unsigned char byte) { return byte == 0; });
    return loopback && bytes_[15] == 1 ? Reach::machine : Reach::nowhere;
  }
  if (bytes_[0] == 0xff) return Reach::nowhere;
  if (bytes_[0] == 0xfe && (bytes_[1] & 0xc0U) == 0x80U) return Reach::link;
  return (bytes_[0] & 0xfeU) == 0xfcU ? Reach::private_network : Reach::everywhere;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> text{};
  inet_ntop(is_ipv6_ ? AF_INET6 : AF_INET, bytes_.data(), text.data(), text.size());
  return text.data();
}

std::string IpAddress::network() const {
  if (!is_ipv6_ || reach() == Reach::link || reach() == Reach::machine) return text();
  IpAddress network = *this;
  std::fill(network.bytes_.begin() + 8, network.bytes_.end(), static_cast<unsigned char>(0));
  return network.text() + "/64";
}

}  // namespace cs
