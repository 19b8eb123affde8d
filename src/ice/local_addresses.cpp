// SPDX-License-Identifier: MIT
#include "ice/local_addresses.hpp"

#include <algorithm>

namespace cs {
namespace {

using Reach = IpAddress::Reach;

bool is_named(const InterfaceAddress& each, std::span<const std::string> names) {
  return std::ranges::any_of(names, [&](const std::string& name) {
    if (name == each.interface) return true;
    const auto address = IpAddress::parse(name);
    return address && *address == each.address;
  });
}

}  // namespace

std::vector<IpAddress> local_addresses(std::span<const InterfaceAddress> present, std::span<const std::string> allowed,
                                       const std::optional<IpAddress>& reached_at) {
  std::vector<IpAddress> good;
  std::vector<IpAddress> poor;
  for (const InterfaceAddress& each : present) {
    const Reach reach = each.address.reach();
    if (reach == Reach::nowhere || (reach == Reach::link && each.address.is_ipv6())) continue;
    if (!allowed.empty() && !is_named(each, allowed)) continue;
    const bool is_poor = reach == Reach::machine || (reach == Reach::link && each.address != reached_at);
    auto& place = is_poor ? poor : good;
    if (std::ranges::find(place, each.address) == place.end()) place.push_back(each.address);
  }
  if (!allowed.empty()) good.insert(good.end(), poor.begin(), poor.end());
  return good.empty() ? poor : good;
}

std::string listed(std::span<const IpAddress> addresses) {
  std::string result;
  for (const IpAddress& address : addresses) result += (result.empty() ? "" : ", ") + address.text();
  return result;
}

}  // namespace cs
