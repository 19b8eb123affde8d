// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <sched.h>

#include <cstdlib>
#include <string>
#include <vector>

namespace cs {

/// Runs ip(8) with these words.
inline void ip(const std::string& words) {
  ASSERT_EQ(std::system(("ip " + words).c_str()), 0) << "ip " << words << ": this needs root, and iproute2";
}

/// A network namespace for this process and what it starts, with nothing in it but loopback. Before there are threads.
inline void leave_for_a_lonely_network() {
  ASSERT_EQ(unshare(CLONE_NEWNET), 0) << "these tests need root and network namespaces";
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
