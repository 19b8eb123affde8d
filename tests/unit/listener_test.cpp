// SPDX-License-Identifier: MIT
#include "network/listener.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace cs {
namespace {

std::string warning_for(const std::vector<std::string>& addresses) {
  return several_addresses("cube.example", addresses);
}

TEST(Listener, WarnsOfTheAddressesOfAHostNameThatItDoesNotListenOn) {
  EXPECT_EQ(
      warning_for({"192.0.2.1", "2001:db8::1", "192.0.2.2"}),
      "cube.example means several addresses: listening on 192.0.2.1, and not on 2001:db8::1, 192.0.2.2; set CS_HOST "
      "to the one you want");
}

TEST(Listener, DoesNotWarnOfAHostNameWithOneAddress) {
  EXPECT_EQ(warning_for({"192.0.2.1"}), "");
  EXPECT_EQ(warning_for({"192.0.2.1", "192.0.2.1"}), "") << "which may stand twice in /etc/hosts";
}

}  // namespace
}  // namespace cs
