// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string_view>

#include "network/ip_address.hpp"

namespace cs {

/// An address range in CIDR notation ("10.0.0.0/8", "fd00::/8") or a single address. Bits
/// after the prefix are ignored: "10.1.2.3/8" is the same range. Plain value.
class IpPrefix {
 public:
  /// Empty: the text is not a valid prefix.
  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  IpPrefix(IpAddress address, unsigned bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  unsigned bits_;
};

}  // namespace cs
