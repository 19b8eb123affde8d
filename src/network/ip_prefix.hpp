// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "network/ip_address.hpp"

namespace cs {

/// Some addresses with the same beginning: "10.0.0.0/8", "fd00::/8", or one alone. A plain value.
class IpPrefix {
 public:
  /// None: it is no such text.
  [[nodiscard]] static std::optional<IpPrefix> parse(std::string_view text);

  [[nodiscard]] bool contains(const IpAddress& address) const;

 private:
  IpPrefix(IpAddress address, int bits) : address_(address), bits_(bits) {}

  IpAddress address_;
  int bits_;
};

}  // namespace cs
