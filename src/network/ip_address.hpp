// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cs {

/// An IPv4 or IPv6 address. A plain value.
class IpAddress {
 public:
  /// From where it can be reached.
  enum class Reach {
    nowhere,          ///< no host's: unspecified, multicast, broadcast, IPv4 written as IPv6, or of loopback in it
    machine,          ///< loopback
    link,             ///< link-local; in IPv6 it means nothing without a scope id
    private_network,  ///< RFC 1918, RFC 6598 (a provider's NAT), RFC 4193 (unique local IPv6)
    everywhere
  };

  /// Without brackets and scope id; none: it is no address.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_ipv6() const { return is_ipv6_; }
  [[nodiscard]] Reach reach() const;
  /// The IPv4 address that a translator or a tunnel makes of this IPv6 one: NAT64 (RFC 6052, the well-known prefix) and
  /// 6to4 (RFC 3056). None: it is no such.
  [[nodiscard]] std::optional<IpAddress> embedded() const;
  /// In network order; of IPv4 the first four count.
  [[nodiscard]] const std::array<unsigned char, 16>& bytes() const { return bytes_; }
  /// As inet_ntop writes it, so that equal addresses have equal texts.
  [[nodiscard]] std::string text() const;

  /// The text of what one network has: of IPv6 a network of 64 bits, whose addresses cost nothing, unless it is
  /// link-local, which all neighbours share. Of IPv4 the address.
  [[nodiscard]] std::string network() const;

  /// IPv4 that is written as IPv6 (::ffff:192.0.2.1) as what it is; any other as it stands.
  [[nodiscard]] IpAddress unmapped() const;

  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;
  [[nodiscard]] bool starts_with(std::span<const unsigned char> prefix) const;

  bool is_ipv6_ = false;
  std::array<unsigned char, 16> bytes_{};  // in network order; of IPv4 the first four
};

}  // namespace cs
