// SPDX-License-Identifier: MIT
#include "network/turn_login.hpp"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace cs {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::sys_seconds kNow{1700000000s};

IceServers relay(std::string secret) {
  return {
      .stun = "stun://s:1", .turn = "turn://t:2", .turn_user = {}, .turn_pass = {}, .turn_secret = std::move(secret)};
}

TEST(TurnLogin, MatchesWhatTheTurnServerComputesFromTheSecret) {
  // printf 1700003600:viewer | openssl dgst -sha1 -hmac sesame-4711 -binary | base64
  const IceServers one = with_login(relay("sesame-4711"), "viewer", kNow + 1h);
  EXPECT_EQ(one.turn_user, "1700003600:viewer");
  EXPECT_EQ(one.turn_pass, "L74ZSL/P2XPQBPC1jAP0lqqi5Hw=");
  EXPECT_EQ(one.stun, "stun://s:1");
  EXPECT_EQ(one.turn, "turn://t:2");
  EXPECT_EQ(one.turn_secret, "") << "the secret must not reach a client";
  // The same with a key longer than a SHA-1 block: HMAC hashes such a key first.
  EXPECT_EQ(with_login(relay(std::string(100, 'x')), "viewer", kNow + 1h).turn_pass, "VP+WQ1eGYzL20SuNatWevVejm1E=");
}

TEST(TurnLogin, IsDifferentForEachClientAndValidForAnHour) {
  std::set<std::string> users;
  for (int i = 0; i < 8; ++i) {
    const IceServers one = servers_for_one(relay("sesame-4711"), kNow);
    EXPECT_EQ(one.turn_user.substr(0, 11), "1700003600:");
    EXPECT_EQ(one.turn_user.size(), 11U + 16U);
    EXPECT_EQ(one.turn_user.find_first_not_of("0123456789abcdef", 11), std::string::npos) << one.turn_user;
    EXPECT_EQ(one.turn_pass, with_login(relay("sesame-4711"), one.turn_user.substr(11), kNow + 1h).turn_pass);
    users.insert(one.turn_user);
  }
  EXPECT_EQ(users.size(), 8U);
}

TEST(TurnLogin, IsTheConfiguredLoginWithoutASecret) {
  const IceServers all = {.stun = {}, .turn = "turn://t:2", .turn_user = "u", .turn_pass = "p"};
  const IceServers one = servers_for_one(all, kNow);
  EXPECT_EQ(one.turn_user + " " + one.turn_pass, "u p");
}

}  // namespace
}  // namespace cs
