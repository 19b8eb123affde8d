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

/// A channel and its viewers. The capacity of each viewer's network is known.
struct Simulation {
  Adaptation adaptation{Ladders{kLadder}};
  TimePoint now = kStart;
  std::vector<Watching> watching;
  std::map<std::size_t, int> kbps = {{0, 4000}, {1, 1500}, {2, 562}};
  int changes_of_rate = 0;
  std::optional<double> scene;  // bit rate that the scene needs, if it is less than the stream's

  Watching& add(double carries) {
    watching.push_back({.viewer = watching.size() + 1, .carries = carries, .limited_at = now});
    return watching.back();
  }
  /// Viewers move as requested. A network that is used nearly fully shows its limit.
  void run(std::chrono::milliseconds time) {
    for (const TimePoint end = now + time; now < end; now += 200ms) {
      for (Watching& viewer : watching) {
        viewer.sending = scene.value_or(1000 * kbps[viewer.rung]);
        if (viewer.limited_at && viewer.carries && viewer.sending > 0.9 * *viewer.carries) viewer.limited_at = now;
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

TEST(Adaptation, GivesEachViewerTheHighestRungItsNetworkCarries) {
  Simulation simulation;
  for (const double carries : {6 * kMbit, 5 * kMbit, 0.9 * kMbit, 0.3 * kMbit}) simulation.add(carries);
  simulation.run(3s);
  EXPECT_EQ(simulation.watching[0].rung, 0U);
  EXPECT_EQ(simulation.watching[1].rung, 0U);
  EXPECT_EQ(simulation.watching[2].rung, 1U);
  EXPECT_EQ(simulation.watching[3].rung, 2U);
  EXPECT_EQ(simulation.kbps[0], 4000) << "a slow viewer does not reduce the others' bit rate";
  EXPECT_NEAR(simulation.kbps[1], 855, 5);
  EXPECT_NEAR(simulation.kbps[2], 285, 5);
}

TEST(Adaptation, BitRateFollowsASingleViewer) {
  Simulation simulation;
  simulation.add(2 * kMbit);
  simulation.run(10s);
  EXPECT_EQ(simulation.watching[0].rung, 0U);
  EXPECT_NEAR(simulation.kbps[0], 1900, 5);
  EXPECT_EQ(simulation.kbps[1], 1500) << "rung 1 has no viewers";
}

TEST(Adaptation, NetworkWithoutAKnownLimitLimitsNothing) {
  Simulation simulation;
  simulation.add(0.6 * kMbit).limited_at.reset();  // the send rate was too low to reach a limit
  simulation.add(0).carries.reset();
  simulation.run(10s);
  EXPECT_EQ(simulation.kbps[0], 4000);
  EXPECT_EQ(simulation.watching[0].rung, 0U);
  EXPECT_EQ(simulation.watching[1].rung, 0U);
  EXPECT_EQ(simulation.changes_of_rate, 0);
}

TEST(Adaptation, LimitThatIsNotSeenAgainIsForgottenGradually) {
  Simulation simulation;
  simulation.add(2 * kMbit);
  simulation.run(1s);
  ASSERT_NEAR(simulation.kbps[0], 1900, 5);
  simulation.watching[0].carries = 2.5 * kMbit;
  simulation.scene = 0.5 * kMbit;  // the stream needs little, so that no limit is seen
  simulation.run(20s);
  EXPECT_NEAR(simulation.kbps[0], 2375, 5);
  simulation.run(20s);
  EXPECT_EQ(simulation.kbps[0], 4000);
}

TEST(Adaptation, BitRateIsLoweredWhenASlowerViewerMovesIn) {
  Simulation simulation;
  Watching& viewer = simulation.add(1.6 * kMbit);
  viewer.rung = viewer.next = 1;
  bool moved = false;
  for (int i = 0; i < 50 && !moved; ++i, simulation.now += 200ms) {
    viewer.sending = 1.5 * kMbit;
    viewer.limited_at = simulation.now;
    const auto [moves, rates] = simulation.adaptation.update(simulation.watching, simulation.now);
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

TEST(Adaptation, MovingViewerGetsNoNewMove) {
  Simulation simulation;
  Watching& viewer = simulation.add(0.3 * kMbit);
  viewer.next = 1;
  for (int i = 0; i < 20; ++i, simulation.now += 200ms)
    EXPECT_TRUE(simulation.adaptation.update(simulation.watching, simulation.now).moves.empty());
}

TEST(Adaptation, FailedMoveIsRepeatedLater) {
  Simulation simulation;
  Watching& viewer = simulation.add(0.3 * kMbit);
  int moves = 0;
  for (int i = 0; i < 50; ++i, simulation.now += 200ms) {
    viewer.sending = kMbit;
    viewer.limited_at = simulation.now;
    // The viewer does not move.
    moves += static_cast<int>(simulation.adaptation.update(simulation.watching, simulation.now).moves.size());
  }
  EXPECT_GT(moves, 5);
}

TEST(Adaptation, SingleRungAdaptsOnlyTheBitRate) {
  Adaptation adaptation(Ladders{{Rung{{{1280, 720}, 30}, 150, 4000}}});
  const std::vector<Watching> viewers = {
      {.viewer = 1, .sending = 4 * kMbit, .carries = 0.5 * kMbit, .limited_at = kStart}};
  const auto [moves, rates] = adaptation.update(viewers, kStart);
  EXPECT_TRUE(moves.empty());
  ASSERT_EQ(rates.size(), 1U);
  EXPECT_EQ(rates[0].kbps, 475);
}

TEST(Adaptation, ChannelWithoutRungsIsLeftUnchanged) {
  Adaptation adaptation(Ladders{{}});
  const auto [moves, rates] = adaptation.update({{.viewer = 1, .carries = 10e3, .limited_at = kStart}}, kStart);
  EXPECT_TRUE(moves.empty());
  EXPECT_TRUE(rates.empty());
}

}  // namespace
}  // namespace cs
