// SPDX-License-Identifier: MIT
#include "base/waiting_room.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "base/peer.hpp"
#include "base/tally.hpp"

namespace cs {
namespace {

TEST(WaitingRoom, TheFirstOfTheLargestCrowdGivesItsSeat) {
  std::array<int, 8> guests = {};
  WaitingRoom<int> room(4);
  EXPECT_EQ(room.enter(guests[0], "one"), nullptr);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(room.enter(guests[i], "crowd"), nullptr);
  EXPECT_EQ(room.enter(guests[4], "two"), &guests[1]);
  EXPECT_EQ(room.enter(guests[5], "crowd"), &guests[2]);
  EXPECT_EQ(room.enter(guests[5], "crowd"), nullptr) << "it sits already";
  EXPECT_EQ(room.size(), 4U);
}

TEST(WaitingRoom, WhoKnowsWhatItWantsIsNotSentAway) {
  std::array<int, 4> guests = {};
  WaitingRoom<int> room(2);
  EXPECT_EQ(room.enter(guests[0], "a"), nullptr);
  EXPECT_EQ(room.enter(guests[1], "a"), nullptr);
  room.leave(guests[0]);
  room.leave(guests[0]);
  EXPECT_EQ(room.enter(guests[2], "a"), nullptr);
  EXPECT_EQ(room.enter(guests[3], "b"), &guests[1]);
}

TEST(WaitingRoom, AThousandNetworksWaitInTheOrderOfTheirComing) {
  std::vector<int> guests(1000);
  WaitingRoom<int> room(100);
  for (std::size_t i = 0; i < guests.size(); ++i)
    EXPECT_EQ(room.enter(guests[i], std::to_string(i)), i < 100 ? nullptr : &guests[i - 100]);
  for (std::size_t left = 100; left > 0; --left) EXPECT_NE(room.give_way(), nullptr);
  EXPECT_EQ(room.give_way(), nullptr);
}

TEST(Tally, CountsEachNetworkAndForgetsWhoIsGone) {
  Tally tally(2);
  tally.come("a");
  tally.come("a");
  EXPECT_FALSE(tally.has_room_for("a"));
  EXPECT_TRUE(tally.has_room_for("b"));
  tally.go("a");
  EXPECT_TRUE(tally.has_room_for("a"));
}

TEST(Network, IsAnAddressOrWhatACustomerHasOfIpv6) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(network_of("fe80::1%eth0"), "fe80::1%eth0");
  EXPECT_EQ(network_of("fe80::1"), "fe80::1");
  EXPECT_EQ(network_of("127.0.0.2"), "") << "a proxy may be there";
  EXPECT_EQ(network_of("::1"), "");
}

}  // namespace
}  // namespace cs
