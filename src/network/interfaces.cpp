// SPDX-License-Identifier: MIT
#include "network/interfaces.hpp"

#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>

#include "network/peer.hpp"

namespace cs {
namespace {

/// Docker and Podman create a marker file; they and Kubernetes mount a file over /etc/hosts. System containers (LXC,
/// nspawn) have neither, and often have an address of the host's network.
bool has_container_marks() {
  std::error_code ignored;
  for (const char* mark : {"/.dockerenv", "/run/.containerenv"})
    if (std::filesystem::exists(mark, ignored)) return true;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);)
    if (line.find(" /etc/hosts ") != line.npos) return true;
  return false;
}

std::string read_number(const std::string& file) {
  std::string number;
  std::ifstream(file) >> number;
  return number;
}

/// Whether it is one end of a veth pair: its "iflink" is then another interface, on the host.
bool has_peer_interface(const std::string& interface) {
  const std::string folder = "/sys/class/net/" + interface;
  return read_number(folder + "/iflink") != read_number(folder + "/ifindex");
}

}  // namespace

std::vector<InterfaceAddress> interface_addresses() {
  std::vector<InterfaceAddress> result;
  ifaddrs* list = nullptr;
  if (getifaddrs(&list) != 0) return result;
  const std::unique_ptr<ifaddrs, decltype(&freeifaddrs)> owner(list, freeifaddrs);
  for (const ifaddrs* entry = list; entry != nullptr; entry = entry->ifa_next) {
    constexpr unsigned kUpAndRunning = IFF_UP | IFF_RUNNING;
    if ((entry->ifa_flags & kUpAndRunning) != kUpAndRunning || entry->ifa_addr == nullptr) continue;
    const std::string text = address_text(entry->ifa_addr);
    if (const auto address = IpAddress::parse(text.substr(0, text.find('%'))))
      result.push_back({entry->ifa_name, *address});
  }
  return result;
}

bool is_bridged_container(std::span<const InterfaceAddress> addresses) {
  return !addresses.empty() && has_container_marks() && std::ranges::all_of(addresses, [](const auto& each) {
    return each.address.reach() == IpAddress::Reach::machine || has_peer_interface(each.interface);
  });
}

}  // namespace cs
