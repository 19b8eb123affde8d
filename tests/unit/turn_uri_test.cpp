// SPDX-License-Identifier: MIT
#include "ice/turn_uri.hpp"

#include <gtest/gtest.h>

namespace cs {
namespace {

TEST(TurnUri, IsEmptyWithoutAServer) {
  EXPECT_EQ(turn_uri({.stun = "stun://a:1", .turn = "", .turn_user = "u", .turn_pass = "p"}), "");
}

TEST(TurnUri, ContainsUserAndPassword) {
  EXPECT_EQ(turn_uri({.stun = "", .turn = "turn://relay.example:3478", .turn_user = "user", .turn_pass = "pass"}),
            "turn://user:pass@relay.example:3478");
}

TEST(TurnUri, KeepsSchemeTransportAndIpv6Brackets) {
  EXPECT_EQ(turn_uri({.stun = "", .turn = "turns://[::1]:5349?transport=tcp", .turn_user = "u", .turn_pass = "p"}),
            "turns://u:p@[::1]:5349?transport=tcp");
}

TEST(TurnUri, EncodesEachUnsafeCharacterOnce) {
  EXPECT_EQ(turn_uri({.stun = "", .turn = "turn://h:1", .turn_user = "a@b:c", .turn_pass = "/?#%[]&=+ \"\\"}),
            "turn://a%40b%3Ac:%2F%3F%23%25%5B%5D%26%3D%2B%20%22%5C@h:1");
  EXPECT_EQ(turn_uri({.stun = "", .turn = "turn://h:1", .turn_user = "1700000000:me", .turn_pass = "%41"}),
            "turn://1700000000%3Ame:%2541@h:1");
  EXPECT_EQ(turn_uri({.stun = "", .turn = "turn://h:1", .turn_user = "ü", .turn_pass = "aZ09-._~"}),
            "turn://%C3%BC:aZ09-._~@h:1");
}

}  // namespace
}  // namespace cs
