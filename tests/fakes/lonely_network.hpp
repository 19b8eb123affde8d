// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "cubestream/clock.hpp"

namespace cs {

/// Runs ip(8) with these arguments.
inline void ip(const std::string& words) {
  ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words << ": this needs iproute2";
}

/// Moves this process into a new network namespace that has only loopback. Call it once, before the process has other
/// threads. Without root, it also creates a user namespace, in which this user is root.
inline void leave_for_a_lonely_network() {
  const auto user = geteuid();
  const auto group = getegid();
  ASSERT_EQ(unshare(user == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET), 0)
      << "these tests need root or unprivileged user namespaces";
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  ip("link set lo up");
}

/// Waits until an interface that is up is also running. The kernel sets that flag a moment later, and the addresses are
/// not used before.
inline void wait_until_running(const std::string& interface) {
  const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  ifreq request = {};
  interface.copy(request.ifr_name, sizeof request.ifr_name - 1);
  const TimePoint deadline = Clock::now() + std::chrono::seconds(30);
  while (ioctl(socket, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & IFF_RUNNING) == 0 &&
         Clock::now() < deadline)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  close(socket);
  ASSERT_NE(request.ifr_flags & IFF_RUNNING, 0) << "interface " << interface << " is not running";
}

/// Adds a veth interface with these addresses ("10.0.0.1/24"). Its other end is not connected, but the addresses can
/// reach each other.
inline void plug_in(const std::string& interface, const std::vector<std::string>& addresses) {
  ip("link add " + interface + " type veth peer name " + interface + "-end");
  for (const std::string& address : addresses)
    ip("addr add " + address + " dev " + interface + (address.find(':') != address.npos ? " nodad" : ""));
  for (const std::string& end : {interface, interface + "-end"}) {
    ip("link set " + end + " up");
  }
  wait_until_running(interface);
}

}  // namespace cs
