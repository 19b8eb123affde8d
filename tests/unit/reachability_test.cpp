// SPDX-License-Identifier: MIT
#include "ice/reachability.hpp"

#include <gmock/gmock.h>

#include <string>
#include <vector>

namespace cs {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// An interface for each address, loopback aside.
std::vector<InterfaceAddress> machine(const std::vector<std::string>& addresses) {
  std::vector<InterfaceAddress> result = {{"lo", *IpAddress::parse("127.0.0.1")}};
  for (const std::string& address : addresses)
    result.push_back({"eth" + std::to_string(result.size() - 1), *IpAddress::parse(address)});
  return result;
}

/// All notes as lines, warnings marked.
std::string notes(const std::vector<InterfaceAddress>& present, const IceConfig& config = {}, bool bridged = false) {
  std::string lines;
  for (const ReachabilityNote& note : judge_reachability(present, config, bridged))
    lines += (note.is_warning ? "warning: " : "info: ") + note.sentence + "\n";
  return lines;
}

const IceConfig kStun{.servers = {.stun = "stun://a:1", .turn = "", .turn_user = "", .turn_pass = ""}};
const IceConfig kTurn{.servers = {.stun = "", .turn = "turn://a:1", .turn_user = "u", .turn_pass = "p"}};

TEST(Reachability, GoesWithoutSayingOnAPublicAddress) {
  EXPECT_THAT(notes(machine({"198.51.100.7"})), IsEmpty());
  EXPECT_THAT(notes(machine({"10.0.0.1", "2001:db8::7"})), IsEmpty());
}

TEST(Reachability, IsNoWarningInANetworkOfOnesOwn) {
  EXPECT_EQ(notes(machine({"192.168.1.5", "fe80::5"})),
            "info: viewers in this network get the picture; those outside of it cannot reach 192.168.1.5, for them set "
            "CS_STUN_SERVER, CS_PUBLIC_IP or CS_TURN_SERVER\n");
}

TEST(Reachability, IsAWarningInABridgedContainer) {
  EXPECT_THAT(notes(machine({"172.17.0.2"}), {}, true),
              AllOf(HasSubstr("warning: viewers outside this container's host get no picture"), HasSubstr("172.17.0.2"),
                    HasSubstr("CS_PUBLIC_IP")));
}

TEST(Reachability, IsAWarningWithLoopbackAlone) {
  EXPECT_THAT(notes(machine({})), HasSubstr("warning: viewers on other machines get no picture"));
  EXPECT_THAT(notes(machine({"fe80::5"})), HasSubstr("loopback ones (127.0.0.1)"));
  EXPECT_THAT(notes(machine({"192.168.1.5"}), {.interfaces = {"lo"}}), HasSubstr("loopback ones (127.0.0.1)"));
  EXPECT_THAT(notes(machine({}), kStun), HasSubstr("warning")) << "no STUN server answers to loopback";
  EXPECT_THAT(notes(machine({}), kTurn), IsEmpty());
}

TEST(Reachability, IsGoodWithAServerThatHelps) {
  for (const bool bridged : {false, true}) {
    EXPECT_THAT(notes(machine({"172.17.0.2"}), kStun, bridged), IsEmpty());
    EXPECT_THAT(notes(machine({"172.17.0.2"}), kTurn, bridged), IsEmpty());
    EXPECT_THAT(notes(machine({"172.17.0.2"}), {.public_addresses = {"203.0.113.7"}}, bridged), IsEmpty());
  }
}

TEST(Reachability, MindsAPublicAddressThatStandsForNothing) {
  EXPECT_THAT(notes(machine({"172.17.0.2"}), {.public_addresses = {"2001:db8::7"}}, true),
              AllOf(HasSubstr("warning: CS_PUBLIC_IP=2001:db8::7 is announced to nobody"), HasSubstr("a private IPv6"),
                    HasSubstr("outside this container's host")));
  EXPECT_THAT(notes(machine({"172.17.0.2", "203.0.113.7"}), {.public_addresses = {"203.0.113.7"}}), IsEmpty());
}

TEST(Reachability, IsNobodysWithoutAnAddress) {
  EXPECT_EQ(notes(machine({"192.168.1.5"}), {.interfaces = {"eth7", "10.0.0.1"}}),
            "warning: CS_ICE_INTERFACES=eth7,10.0.0.1 fits no address that this machine has now, and until it does "
            "nobody gets a picture\n");
  EXPECT_THAT(notes({}), HasSubstr("warning: this machine has no network address now"));
}

}  // namespace
}  // namespace cs
