// SPDX-License-Identifier: MIT
#include "network/pending_connections.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

#include "network/peer.hpp"
#include "network/per_client_counter.hpp"

namespace cs {
namespace {

TEST(PendingConnections, TheFirstOfTheLargestCrowdGivesUpItsSlot) {
  std::array<int, 8> connections = {};
  PendingConnections<int> room(4);
  EXPECT_EQ(room.enter(connections[0], "one"), nullptr);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(room.enter(connections[i], "crowd"), nullptr);
  EXPECT_EQ(room.enter(connections[4], "two"), &connections[1]);
  EXPECT_EQ(room.enter(connections[5], "crowd"), &connections[2]);
  EXPECT_EQ(room.enter(connections[5], "crowd"), nullptr) << "it sits already";
  EXPECT_EQ(room.size(), 4U);
}

TEST(PendingConnections, WhoKnowsWhatItWantsIsNotSentAway) {
  std::array<int, 4> connections = {};
  PendingConnections<int> room(2);
  EXPECT_EQ(room.enter(connections[0], "a"), nullptr);
  EXPECT_EQ(room.enter(connections[1], "a"), nullptr);
  room.leave(connections[0]);
  room.leave(connections[0]);
  EXPECT_EQ(room.enter(connections[2], "a"), nullptr);
  EXPECT_EQ(room.enter(connections[3], "b"), &connections[1]);
}

TEST(PendingConnections, AThousandNetworksWaitInTheOrderOfTheirComing) {
  std::vector<int> connections(1000);
  PendingConnections<int> room(100);
  for (std::size_t i = 0; i < connections.size(); ++i)
    EXPECT_EQ(room.enter(connections[i], std::to_string(i)), i < 100 ? nullptr : &connections[i - 100]);
  for (std::size_t left = 100; left > 0; --left) EXPECT_NE(room.evict(), nullptr);
  EXPECT_EQ(room.evict(), nullptr);
}

TEST(PerClientCounter, CountsEachNetworkAndForgetsWhoIsGone) {
  PerClientCounter per_client(2);
  per_client.add("a");
  per_client.add("a");
  EXPECT_FALSE(per_client.has_room_for("a"));
  EXPECT_TRUE(per_client.has_room_for("b"));
  per_client.remove("a");
  EXPECT_TRUE(per_client.has_room_for("a"));
}

TEST(Network, IsAnAddressOrWhatACustomerHasOfIpv6) {
  EXPECT_EQ(client_network("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client_network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_network("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_network("fe80::1%eth0"), "fe80::1%eth0");
  EXPECT_EQ(client_network("fe80::1"), "fe80::1");
  EXPECT_EQ(client_network("127.0.0.2"), "") << "a proxy may be there";
  EXPECT_EQ(client_network("::1"), "");
}

}  // namespace
}  // namespace cs
