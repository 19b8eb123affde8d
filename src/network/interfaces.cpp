// SPDX-License-Identifier: MIT
#include "network/interfaces.hpp"

#include <arpa/inet.h>
#include <ifaddrs.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>

namespace cs {
namespace {

std::optional<IpAddress> address_of(const sockaddr* address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  const void* bytes = nullptr;
  if (address == nullptr) return std::nullopt;
  if (address->sa_family == AF_INET) bytes = &reinterpret_cast<const sockaddr_in*>(address)->sin_addr;
  if (address->sa_family == AF_INET6) bytes = &reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr;
  if (bytes == nullptr || inet_ntop(address->sa_family, bytes, text.data(), text.size()) == nullptr)
    return std::nullopt;
  return IpAddress::parse(text.data());
}

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
    if ((entry->ifa_flags & kUpAndRunning) != kUpAndRunning) continue;
    if (const auto address = address_of(entry->ifa_addr)) result.push_back({entry->ifa_name, *address});
  }
  return result;
}

bool is_bridged_container() {
  if (!has_container_marks()) return false;
  const auto addresses = interface_addresses();
  return std::all_of(addresses.begin(), addresses.end(), [](const InterfaceAddress& each) {
    return each.address.reach() == IpAddress::Reach::machine || has_peer_interface(each.interface);
  });
}

}  // namespace cs
