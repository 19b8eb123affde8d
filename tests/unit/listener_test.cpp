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

TEST(Listener, WarnsOfAddressesOfAHostNameThatItDoesNotListenOn) {
  EXPECT_EQ(warning_for({"192.0.2.1", "2001:db8::1", "192.0.2.2"}),
            "cube.example resolves to several addresses: listening on 192.0.2.1, but not on 2001:db8::1, 192.0.2.2; "
            "set CS_HOST "
            "to the address to listen on");
}

TEST(Listener, DoesNotWarnIfAHostNameHasOneAddress) {
  EXPECT_EQ(warning_for({"192.0.2.1"}), "");
  EXPECT_EQ(warning_for({"192.0.2.1", "192.0.2.1"}), "") << "/etc/hosts may list an address twice";
}

}  // namespace
}  // namespace cs
