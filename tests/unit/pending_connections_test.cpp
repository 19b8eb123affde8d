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

TEST(PendingConnections, EvictsTheOldestConnectionOfTheLargestNetwork) {
  std::array<int, 8> connections = {};
  PendingConnections<int> pending(4);
  EXPECT_EQ(pending.enter(connections[0], "one"), nullptr);
  for (const std::size_t i : {1U, 2U, 3U}) EXPECT_EQ(pending.enter(connections[i], "crowd"), nullptr);
  EXPECT_EQ(pending.enter(connections[4], "two"), &connections[1]);
  EXPECT_EQ(pending.enter(connections[5], "crowd"), &connections[2]);
  EXPECT_EQ(pending.enter(connections[5], "crowd"), nullptr) << "it already has a slot";
  EXPECT_EQ(pending.size(), 4U);
}

TEST(PendingConnections, DoesNotEvictConnectionsThatLeft) {
  std::array<int, 4> connections = {};
  PendingConnections<int> pending(2);
  EXPECT_EQ(pending.enter(connections[0], "a"), nullptr);
  EXPECT_EQ(pending.enter(connections[1], "a"), nullptr);
  pending.leave(connections[0]);
  pending.leave(connections[0]);
  EXPECT_EQ(pending.enter(connections[2], "a"), nullptr);
  EXPECT_EQ(pending.enter(connections[3], "b"), &connections[1]);
}

TEST(PendingConnections, EvictsTheOldestOfNetworksWithOneConnectionEach) {
  std::vector<int> connections(1000);
  PendingConnections<int> pending(100);
  for (std::size_t i = 0; i < connections.size(); ++i)
    EXPECT_EQ(pending.enter(connections[i], std::to_string(i)), i < 100 ? nullptr : &connections[i - 100]);
  for (std::size_t left = 100; left > 0; --left) EXPECT_NE(pending.evict(), nullptr);
  EXPECT_EQ(pending.evict(), nullptr);
}

TEST(PerClientCounter, CountsTheConnectionsOfEachNetwork) {
  PerClientCounter per_client(2);
  per_client.add("a");
  per_client.add("a");
  EXPECT_FALSE(per_client.has_room_for("a"));
  EXPECT_TRUE(per_client.has_room_for("b"));
  per_client.remove("a");
  EXPECT_TRUE(per_client.has_room_for("a"));
}

TEST(Network, IsTheIpv4AddressOrTheIpv6Prefix) {
  EXPECT_EQ(client_network("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(client_network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_network("2001:db8:1:2::9"), "2001:db8:1:2::/64");
  EXPECT_EQ(client_network("fe80::1%eth0"), "fe80::1%eth0");
  EXPECT_EQ(client_network("fe80::1"), "fe80::1");
  EXPECT_EQ(client_network("127.0.0.2"), "") << "a proxy may run on this machine";
  EXPECT_EQ(client_network("::1"), "");
}

}  // namespace
}  // namespace cs
