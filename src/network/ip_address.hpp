// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// An IPv4 or IPv6 address. Plain value.
class IpAddress {
 public:
  /// From where the address can be reached.
  enum class Reach {
    nowhere,          ///< not a host: unspecified, multicast, broadcast, IPv4-mapped, or embeds a local IPv4 address
    machine,          ///< loopback
    link,             ///< link-local; IPv6 also needs a scope id
    private_network,  ///< RFC 1918, RFC 6598 (carrier-grade NAT), RFC 4193 (unique local IPv6)
    everywhere
  };

  /// Parses an address without brackets and scope id. Empty: the text is not an address.
  [[nodiscard]] static std::optional<IpAddress> parse(std::string_view text);

  [[nodiscard]] bool is_ipv6() const { return is_ipv6_; }
  [[nodiscard]] Reach reach() const;
  /// The embedded IPv4 address of an IPv6 address for NAT64 (RFC 6052, well-known prefix) or 6to4 (RFC 3056). Empty for
  /// all other addresses.
  [[nodiscard]] std::optional<IpAddress> embedded() const;
  /// In network byte order; IPv4 uses the first four bytes.
  [[nodiscard]] const std::array<unsigned char, 16>& bytes() const { return bytes_; }
  /// The text as inet_ntop() writes it: equal addresses have equal texts.
  [[nodiscard]] std::string text() const;

  /// The client network as text: for IPv6 the /64 prefix, since one client can use all its addresses; for IPv4,
  /// loopback and link-local the address itself, since all neighbours share the link-local prefix.
  [[nodiscard]] std::string network() const;

  /// Converts an IPv4-mapped IPv6 address (::ffff:192.0.2.1) to IPv4. Returns other addresses unchanged.
  [[nodiscard]] IpAddress unmapped() const;

  bool operator==(const IpAddress&) const = default;

 private:
  IpAddress() = default;
  /// The four bytes from `offset` on as an IPv4 address.
  [[nodiscard]] IpAddress ipv4_at(std::size_t offset) const;

  bool is_ipv6_ = false;
  std::array<unsigned char, 16> bytes_{};  // in network byte order; IPv4 uses the first four
};

}  // namespace cs
