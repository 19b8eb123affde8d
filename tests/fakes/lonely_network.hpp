// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

namespace cs {

/// Runs ip(8) with these words.
inline void ip(const std::string& words) {
  ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words << ": this needs iproute2";
}

/// A network namespace for this process and what it starts, with nothing in it but loopback. Only before the process
/// has other threads, once per process. Without root it takes a user namespace as well, in which this user is root.
inline void leave_for_a_lonely_network() {
  const auto user = geteuid();
  const auto group = getegid();
  ASSERT_EQ(unshare(user == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET), 0)
      << "these tests need root, or user namespaces that are allowed to all";
  if (user != 0) {
    std::ofstream("/proc/self/setgroups") << "deny";
    std::ofstream("/proc/self/uid_map") << "0 " << user << " 1";
    std::ofstream("/proc/self/gid_map") << "0 " << group << " 1";
  }
  ip("link set lo up");
}

/// An interface with these addresses ("10.0.0.1/24"), whose other end goes nowhere; they reach each other all the same.
inline void plug_in(const std::string& interface, const std::vector<std::string>& addresses) {
  ip("link add " + interface + " type veth peer name " + interface + "-end");
  for (const std::string& address : addresses)
    ip("addr add " + address + " dev " + interface + (address.find(':') != address.npos ? " nodad" : ""));
  for (const std::string& end : {interface, interface + "-end"}) {
    ip("link set " + end + " up");
  }
}

}  // namespace cs
