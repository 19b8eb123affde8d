// SPDX-License-Identifier: MIT
#include "ladder/adaptation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <vector>

#include "ladder/ladder.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr double kMbit = 1e6;
const TimePoint kStart = TimePoint(1000h);
using Ladders = std::vector<std::vector<Rung>>;
const std::vector<Rung> kLadder = make_ladder({{1280, 720}, 30}, 4000, 150);

/// A channel and those who watch it, each over a network that is known for what it carries.
struct Show {
  Adaptation adaptation{Ladders{kLadder}};
  TimePoint now = kStart;
  std::vector<Watching> watching;
  std::map<std::size_t, int> kbps = {{0, 4000}, {1, 1500}, {2, 562}};
  int changes_of_rate = 0;
  std::optional<double> scene;  // what its pictures need, where that is less

  Watching& add(double carries) {
    watching.push_back({.viewer = watching.size() + 1, .carries = carries, .limited_at = now});
    return watching.back();
  }
  /// They move as they are told to, and a network that is used shows its limit.
  void run(std::chrono::milliseconds time) {
    for (const TimePoint end = now + time; now < end; now += 200ms) {
      for (Watching& one : watching) {
        one.sending = scene.value_or(1000 * kbps[one.rung]);
        if (one.limited_at && one.carries && one.sending > 0.9 * *one.carries) one.limited_at = now;
      }
      const auto [moves, rates] = adaptation.update(watching, now);
      for (const auto& rate : rates) {
        kbps[rate.rung] = rate.kbps;
        ++changes_of_rate;
      }
      for (const auto& move : moves) watching[move.viewer - 1].rung = watching[move.viewer - 1].next = move.rung;
    }
  }
};

TEST(Adaptation, GivesEachTheHighestRungThatItsNetworkCarries) {
  Show show;
  for (const double carries : {6 * kMbit, 5 * kMbit, 0.9 * kMbit, 0.3 * kMbit}) show.add(carries);
  show.run(3s);
  EXPECT_EQ(show.watching[0].rung, 0U);
  EXPECT_EQ(show.watching[1].rung, 0U);
  EXPECT_EQ(show.watching[2].rung, 1U);
  EXPECT_EQ(show.watching[3].rung, 2U);
  EXPECT_EQ(show.kbps[0], 4000) << "who is slow takes nothing from the others";
  EXPECT_NEAR(show.kbps[1], 855, 5);
  EXPECT_NEAR(show.kbps[2], 285, 5);
}

TEST(Adaptation, FollowsTheOneWhoIsAloneThere) {
  Show show;
  show.add(2 * kMbit);
  show.run(10s);
  EXPECT_EQ(show.watching[0].rung, 0U);
  EXPECT_NEAR(show.kbps[0], 1900, 5);
  EXPECT_EQ(show.kbps[1], 1500) << "as nobody is there";
}

TEST(Adaptation, ANetworkThatHasShownNoLimitIsNone) {
  Show show;
  show.add(0.6 * kMbit).limited_at.reset();  // pictures that need little prove little
  show.add(0).carries.reset();
  show.run(10s);
  EXPECT_EQ(show.kbps[0], 4000);
  EXPECT_EQ(show.watching[0].rung, 0U);
  EXPECT_EQ(show.watching[1].rung, 0U);
  EXPECT_EQ(show.changes_of_rate, 0);
}

TEST(Adaptation, ALimitThatIsNotSeenAnyMoreIsForgottenByAndBy) {
  Show show;
  show.add(2 * kMbit);
  show.run(1s);
  ASSERT_NEAR(show.kbps[0], 1900, 5);
  show.watching[0].carries = 2.5 * kMbit;
  show.scene = 0.5 * kMbit;  // no more is tried, so that no more is known
  show.run(20s);
  EXPECT_NEAR(show.kbps[0], 2375, 5);
  show.run(20s);
  EXPECT_EQ(show.kbps[0], 4000);
}

TEST(Adaptation, WhoComesToAStreamFindsItAsItCanHaveIt) {
  Show show;
  Watching& one = show.add(1.6 * kMbit);
  one.rung = one.next = 1;
  bool moved = false;
  for (int i = 0; i < 50 && !moved; ++i, show.now += 200ms) {
    one.sending = 1.5 * kMbit;
    one.limited_at = show.now;
    const auto [moves, rates] = show.adaptation.update(show.watching, show.now);
    for (const auto& move : moves) {
      moved = true;
      EXPECT_EQ(move.rung, 0U);
      ASSERT_EQ(rates.size(), 1U);
      EXPECT_EQ(rates[0].rung, 0U);
      EXPECT_EQ(rates[0].kbps, 1520);
    }
  }
  EXPECT_TRUE(moved);
}

TEST(Adaptation, WhoIsOnItsWayIsLeftInPeace) {
  Show show;
  Watching& one = show.add(0.3 * kMbit);
  one.next = 1;
  for (int i = 0; i < 20; ++i, show.now += 200ms)
    EXPECT_TRUE(show.adaptation.update(show.watching, show.now).moves.empty());
}

TEST(Adaptation, WhoCouldNotGetThereIsSentAgainLater) {
  Show show;
  Watching& one = show.add(0.3 * kMbit);
  int moves = 0;
  for (int i = 0; i < 50; ++i, show.now += 200ms) {
    one.sending = kMbit;
    one.limited_at = show.now;
    moves += static_cast<int>(show.adaptation.update(show.watching, show.now).moves.size());  // and it stays
  }
  EXPECT_GT(moves, 5);
}

TEST(Adaptation, WithoutALadderTheBitRateFollowsAlone) {
  Adaptation adaptation(Ladders{{Rung{{{1280, 720}, 30}, 150, 4000}}});
  const std::vector<Watching> one = {{.viewer = 1, .sending = 4 * kMbit, .carries = 0.5 * kMbit, .limited_at = kStart}};
  const auto [moves, rates] = adaptation.update(one, kStart);
  EXPECT_TRUE(moves.empty());
  ASSERT_EQ(rates.size(), 1U);
  EXPECT_EQ(rates[0].kbps, 475);
}

TEST(Adaptation, AChannelWithoutRungsIsLeftAsItIs) {
  Adaptation adaptation(Ladders{{}});
  const auto [moves, rates] = adaptation.update({{.viewer = 1, .carries = 10e3, .limited_at = kStart}}, kStart);
  EXPECT_TRUE(moves.empty());
  EXPECT_TRUE(rates.empty());
}

}  // namespace
}  // namespace cs
