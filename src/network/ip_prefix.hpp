// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "network/ip_address.hpp"

namespace cs {

/// An address range in CIDR notation ("10.0.0.0/8", "fd00::/8") or a single address. Plain value.
class IpPrefix {
 public:
  /// Empty: the text is not a valid prefix.
  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  IpPrefix(IpAddress address, int bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  int bits_;
};

}  // namespace cs
