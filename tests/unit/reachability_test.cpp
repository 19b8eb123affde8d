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

/// A loopback interface, and one more interface for each address.
std::vector<InterfaceAddress> machine(const std::vector<std::string>& addresses) {
  std::vector<InterfaceAddress> result = {{"lo", *IpAddress::parse("127.0.0.1")}};
  for (const std::string& address : addresses)
    result.push_back({"eth" + std::to_string(result.size() - 1), *IpAddress::parse(address)});
  return result;
}

/// All notes, one per line, with their level.
std::string notes(const std::vector<InterfaceAddress>& present, const IceConfig& config = {}, bool bridged = false) {
  std::string lines;
  for (const ReachabilityNote& note : judge_reachability(present, config, bridged))
    lines += (note.is_warning ? "warning: " : "info: ") + note.sentence + "\n";
  return lines;
}

const IceConfig kStun{.servers = {.stun = "stun://a:1", .turn = "", .turn_user = "", .turn_pass = ""}};
const IceConfig kTurn{.servers = {.stun = "", .turn = "turn://a:1", .turn_user = "u", .turn_pass = "p"}};

TEST(Reachability, NoNoteWithAPublicAddress) {
  EXPECT_THAT(notes(machine({"198.51.100.7"})), IsEmpty());
  EXPECT_THAT(notes(machine({"10.0.0.1", "2001:db8::7"})), IsEmpty());
}

TEST(Reachability, InfoInAPrivateNetwork) {
  EXPECT_EQ(notes(machine({"192.168.1.5", "fe80::5"})),
            "info: viewers outside this network cannot reach 192.168.1.5; for them set "
            "CS_STUN_SERVER, CS_PUBLIC_IP or CS_TURN_SERVER\n");
}

TEST(Reachability, WarningInABridgedContainer) {
  EXPECT_THAT(notes(machine({"172.17.0.2"}), {}, true),
              AllOf(HasSubstr("warning: viewers outside this container's host get no picture"), HasSubstr("172.17.0.2"),
                    HasSubstr("CS_PUBLIC_IP")));
}

TEST(Reachability, WarningWithOnlyLoopback) {
  EXPECT_THAT(notes(machine({})), HasSubstr("warning: viewers on other machines get no picture"));
  EXPECT_THAT(notes(machine({"fe80::5"})), HasSubstr("loopback addresses (127.0.0.1)"));
  EXPECT_THAT(notes(machine({"192.168.1.5"}), {.interfaces = {"lo"}}), HasSubstr("loopback addresses (127.0.0.1)"));
  EXPECT_THAT(notes(machine({}), kStun), HasSubstr("warning")) << "STUN does not help with a loopback address";
  EXPECT_THAT(notes(machine({}), kTurn), IsEmpty());
}

TEST(Reachability, NoNoteWithStunTurnOrAPublicAddressSetting) {
  for (const bool bridged : {false, true}) {
    EXPECT_THAT(notes(machine({"172.17.0.2"}), kStun, bridged), IsEmpty());
    EXPECT_THAT(notes(machine({"172.17.0.2"}), kTurn, bridged), IsEmpty());
    EXPECT_THAT(notes(machine({"172.17.0.2"}), {.public_addresses = {"203.0.113.7"}}, bridged), IsEmpty());
  }
}

TEST(Reachability, WarningForAPublicAddressThatIsNeverAnnounced) {
  EXPECT_THAT(notes(machine({"172.17.0.2"}), {.public_addresses = {"2001:db8::7"}}, true),
              AllOf(HasSubstr("warning: CS_PUBLIC_IP=2001:db8::7 is not announced"), HasSubstr("a private IPv6"),
                    HasSubstr("outside this container's host")));
  EXPECT_THAT(notes(machine({"172.17.0.2", "203.0.113.7"}), {.public_addresses = {"203.0.113.7"}}), IsEmpty());
}

TEST(Reachability, WarningWithoutAnyAddress) {
  EXPECT_EQ(
      notes(machine({"192.168.1.5"}), {.interfaces = {"eth7", "10.0.0.1"}}),
      "warning: CS_ICE_INTERFACES=eth7,10.0.0.1 matches no current address of this machine; viewers get no picture "
      "until it does\n");
  EXPECT_THAT(notes({}), HasSubstr("warning: this machine has no network address"));
}

}  // namespace
}  // namespace cs
