// SPDX-License-Identifier: MIT
#include "ice/reachability.hpp"

#include <algorithm>

#include "ice/local_addresses.hpp"

namespace cs {
namespace {

using Reach = IpAddress::Reach;

std::string comma_separated(const std::vector<std::string>& names) {
  std::string result;
  for (const std::string& name : names) result += (result.empty() ? "" : ",") + name;
  return result;
}

/// Public addresses that are never announced, because no candidate of their family has a private address.
std::vector<ReachabilityNote> idle_public_addresses(std::span<const IpAddress> used, const IceConfig& config) {
  std::vector<ReachabilityNote> notes;
  for (const std::string& text : config.public_addresses) {
    const auto address = IpAddress::parse(text);
    const bool has_place = std::ranges::any_of(used, [&](const IpAddress& own) {
      return own == address || (own.is_ipv6() == address->is_ipv6() && own.reach() == Reach::private_network);
    });
    if (!has_place)
      notes.push_back({true, "CS_PUBLIC_IP=" + text + " is not announced: no candidate has a private IPv" +
                                 (address->is_ipv6() ? "6" : "4") + " address that it could accompany"});
  }
  return notes;
}

}  // namespace

std::vector<ReachabilityNote> judge_reachability(std::span<const InterfaceAddress> present, const IceConfig& config,
                                                 bool bridged) {
  const auto used = local_addresses(present, config.interfaces);
  if (used.empty()) {
    if (!config.interfaces.empty())
      return {{true, "CS_ICE_INTERFACES=" + comma_separated(config.interfaces) +
                         " matches no current address of this machine; viewers get no picture until it does"}};
    return {{true, "this machine has no network address; viewers get no picture until it has one"}};
  }
  auto notes = idle_public_addresses(used, config);
  if (!config.servers.turn.empty()) return notes;
  const std::string addresses = listed(used);
  const auto has = [&](Reach reach) {
    return std::ranges::any_of(used, [reach](const IpAddress& each) { return each.reach() == reach; });
  };
  const bool is_stood_for = notes.size() < config.public_addresses.size();
  if (!has(Reach::everywhere) && !has(Reach::private_network) && !has(Reach::link))
    notes.push_back(
        {true, "viewers on other machines get no picture: the only usable addresses are loopback addresses (" +
                   addresses + "); connect a network, or run the container in the network of its host"});
  else if (has(Reach::everywhere) || is_stood_for || !config.servers.stun.empty())
    return notes;
  else if (bridged)
    notes.push_back({true,
                     "viewers outside this container's host get no picture: this looks like a container with its "
                     "own network, and its addresses (" +
                         addresses +
                         ") cannot be reached from outside; use the host's network, or set CS_PUBLIC_IP to the host's "
                         "address and CS_ICE_PORT_MIN and CS_ICE_PORT_MAX to forwarded ports, or set "
                         "CS_TURN_SERVER"});
  else
    notes.push_back({false, "viewers outside this network cannot reach " + addresses +
                                "; for them set CS_STUN_SERVER, CS_PUBLIC_IP or CS_TURN_SERVER"});
  return notes;
}

}  // namespace cs
