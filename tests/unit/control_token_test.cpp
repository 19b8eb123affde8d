// SPDX-License-Identifier: MIT
#include "control/control_token.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace std::chrono_literals;

namespace cs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::Optional;

struct ControlTokenTest : testing::Test {
  TimePoint now = Clock::now();
  ControlToken token{{.idle = 60s, .grace = 3s}};
};

TEST_F(ControlTokenTest, TheFirstInputTakesAFreeTokenAndOthersAreRefused) {
  EXPECT_EQ(token.holder(), std::nullopt);
  EXPECT_TRUE(token.use(1, now));
  EXPECT_FALSE(token.use(2, now));
  EXPECT_TRUE(token.use(1, now));
  EXPECT_THAT(token.holder(), Optional(1U));
}

TEST_F(ControlTokenTest, TheHolderHandsItToWhoAsks) {
  token.ask(1, now);
  EXPECT_THAT(token.holder(), Optional(1U)) << "it was free";
  token.ask(2, now);
  token.ask(3, now);
  token.ask(2, now);
  EXPECT_THAT(token.asking(), ElementsAre(2, 3));
  token.give(2, 3, now);
  EXPECT_THAT(token.holder(), Optional(1U)) << "only the holder gives";
  token.give(1, 4, now);
  EXPECT_THAT(token.holder(), Optional(1U)) << "only to one that asks";
  token.give(1, 3, now);
  EXPECT_THAT(token.holder(), Optional(3U));
  EXPECT_THAT(token.asking(), ElementsAre(2)) << "the other one waits on";
}

TEST_F(ControlTokenTest, TheHolderCanKeepIt) {
  token.ask(1, now);
  token.ask(2, now);
  EXPECT_THAT(token.keep(2), IsEmpty());
  EXPECT_THAT(token.keep(1), ElementsAre(2));
  EXPECT_THAT(token.asking(), IsEmpty());
  EXPECT_THAT(token.holder(), Optional(1U));
}

TEST_F(ControlTokenTest, ItReturnsAfterAMinuteWithoutInput) {
  EXPECT_TRUE(token.use(1, now));
  EXPECT_FALSE(token.use(2, now + 59s));
  EXPECT_TRUE(token.use(1, now + 59s));
  token.expire(now + 118s);
  EXPECT_THAT(token.holder(), Optional(1U));
  token.expire(now + 119s);
  EXPECT_EQ(token.holder(), std::nullopt);
}

TEST_F(ControlTokenTest, WhenItReturnsTheLongestWaitingGetsIt) {
  token.ask(1, now);
  token.ask(2, now);
  token.ask(3, now);
  token.release(1, now);
  EXPECT_THAT(token.holder(), Optional(2U));
  token.expire(now + 60s);
  EXPECT_THAT(token.holder(), Optional(3U));
  token.expire(now + 120s);
  EXPECT_EQ(token.holder(), std::nullopt);
}

TEST_F(ControlTokenTest, ABrokenConnectionKeepsItForThreeSeconds) {
  token.ask(1, now);
  token.lose(1, now);
  EXPECT_FALSE(token.use(2, now + 2999ms));
  EXPECT_TRUE(token.use(2, now + 3s));
}

TEST_F(ControlTokenTest, AReturningClientGetsItBackInTime) {
  token.ask(1, now);
  EXPECT_FALSE(token.resume(1, 5, now)) << "its connection did not break";
  token.lose(1, now);
  EXPECT_TRUE(token.is_lost());
  EXPECT_FALSE(token.resume(2, 5, now));
  EXPECT_TRUE(token.resume(1, 5, now + 2s));
  EXPECT_THAT(token.holder(), Optional(5U));
  token.lose(5, now + 2s);
  EXPECT_FALSE(token.resume(5, 6, now + 5s));
}

TEST_F(ControlTokenTest, WhoAskedAndLeftGetsNothing) {
  token.ask(1, now);
  token.ask(2, now);
  token.lose(2, now);
  token.release(1, now);
  EXPECT_EQ(token.holder(), std::nullopt);
}

TEST_F(ControlTokenTest, ALimitedNumberAsks) {
  token.ask(1, now);
  for (ClientId client = 2; client < 200; ++client) token.ask(client, now);
  EXPECT_EQ(token.asking().size(), ControlToken::kMostAsking);
}

TEST_F(ControlTokenTest, TheRevisionChangesWithWhatClientsSee) {
  auto before = token.revision();
  const auto has_changed = [&] { return std::exchange(before, token.revision()) != token.revision(); };
  token.ask(1, now);
  EXPECT_TRUE(has_changed());
  EXPECT_TRUE(token.use(1, now));
  EXPECT_FALSE(has_changed());
  token.ask(2, now);
  EXPECT_TRUE(has_changed());
  token.lose(1, now);
  EXPECT_TRUE(has_changed());
}

}  // namespace
}  // namespace cs
