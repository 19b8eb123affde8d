// SPDX-License-Identifier: MIT
#include "ladder/ladder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <vector>

#include "ladder/rung_choice.hpp"
#include "ladder/stream_rate.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr FrameFormat kFull{.size = {1280, 720}, .fps = 30};
const std::vector<Rung> kLadder = make_ladder(kFull, 4000, 150);
const TimePoint kStart = TimePoint(1000h);
constexpr double kMbit = 1e6;

std::vector<Size> sizes(const std::vector<Rung>& ladder) {
  std::vector<Size> all;
  for (const Rung& rung : ladder) all.push_back(rung.format.size);
  return all;
}

TEST(Ladder, HasFullHalfAndQuarterSizeTheLastAtHalfTheFrameRate) {
  EXPECT_THAT(kLadder, testing::ElementsAre(Rung{kFull, 1200, 4000}, Rung{{{640, 360}, 30}, 450, 1500},
                                            Rung{{{320, 180}, 15}, 150, 562}));
}

TEST(Ladder, RangesOfNeighbouringRungsOverlap) {
  for (const int ceiling : {300, 1000, 2500, 20000})
    for (const int floor : {50, 150, 300}) {
      const auto ladder = make_ladder(kFull, ceiling, floor);
      for (std::size_t i = 0; i < ladder.size(); ++i) {
        EXPECT_LE(ladder[i].least_kbps, ladder[i].most_kbps);
        if (i > 0) {
          EXPECT_LT(ladder[i].most_kbps, ladder[i - 1].most_kbps);
          EXPECT_GT(ladder[i].most_kbps, ladder[i - 1].least_kbps);
        }
      }
      EXPECT_EQ(ladder.back().least_kbps, std::min(floor, ladder.back().most_kbps)) << ceiling << ' ' << floor;
    }
}

TEST(Ladder, SizesAreEvenAndNotBelowTheMinimum) {
  EXPECT_THAT(sizes(make_ladder({{854, 480}, 30}, 2500, 150)),
              testing::ElementsAre(Size{854, 480}, Size{426, 240}, Size{212, 120}));
  EXPECT_THAT(sizes(make_ladder({{640, 200}, 30}, 2500, 150)), testing::ElementsAre(Size{640, 200}, Size{320, 100}));
  EXPECT_THAT(sizes(make_ladder({{64, 64}, 30}, 2500, 150)), testing::ElementsAre(Size{64, 64}));
}

TEST(Ladder, OmitsRungsWhoseMaximumIsBelowTheFloor) {
  EXPECT_THAT(sizes(make_ladder(kFull, 500, 180)), testing::ElementsAre(Size{1280, 720}, Size{640, 360}));
  EXPECT_THAT(make_ladder(kFull, 150, 150), testing::ElementsAre(Rung{kFull, 150, 150}));
}

TEST(Ladder, KeepsTheFrameRateOfSlowScenes) {
  EXPECT_EQ(make_ladder({kFull.size, 10}, 2500, 150).back().format.fps, 10);
  EXPECT_EQ(make_ladder({kFull.size, 20}, 2500, 150).back().format.fps, 15);
  EXPECT_EQ(make_ladder({kFull.size, 60}, 2500, 150).back().format.fps, 30);
}

/// A viewer whose rung is updated five times a second.
struct Watcher {
  RungChoice choice{kLadder};
  TimePoint now = kStart;

  /// Runs for `time` with a network of that state; returns the rung.
  std::size_t after(std::chrono::milliseconds time, const RungChoice::Sample& sample) {
    for (const TimePoint end = now + time; now < end; now += 200ms) static_cast<void>(choice.update(sample, now));
    return choice.rung();
  }
  /// Returns how long the viewer takes to leave its rung.
  std::chrono::milliseconds until_it_moves(const RungChoice::Sample& sample) {
    const TimePoint began = now;
    for (const std::size_t rung = choice.rung(); choice.rung() == rung && now - began < 5min; now += 200ms)
      static_cast<void>(choice.update(sample, now));
    return std::chrono::duration_cast<std::chrono::milliseconds>(now - began);
  }
};

TEST(RungChoice, StaysWhileTheNetworkCarriesTheRung) {
  Watcher watcher;
  EXPECT_EQ(watcher.after(60s, {.carries = 1.3 * kMbit, .sending = 1.2 * kMbit}), 0U);
}

TEST(RungChoice, MovesDownWithinASecondToARungTheNetworkCarries) {
  Watcher watcher;
  EXPECT_EQ(watcher.after(1s, {.carries = 1.1 * kMbit, .sending = 1.2 * kMbit}), 1U);
  Watcher collapsed;
  EXPECT_EQ(collapsed.after(400ms, {.carries = 0.3 * kMbit, .sending = 4 * kMbit}), 2U);
}

TEST(RungChoice, ToleratesAShortDip) {
  Watcher watcher;
  EXPECT_EQ(watcher.after(200ms, {.carries = 1.1 * kMbit, .sending = 1.2 * kMbit}), 0U);
  EXPECT_EQ(watcher.after(200ms, {.carries = 1.3 * kMbit, .sending = 1.2 * kMbit}), 0U);
  EXPECT_EQ(watcher.after(200ms, {.carries = 1.1 * kMbit, .sending = 1.2 * kMbit}), 0U);
}

TEST(RungChoice, MovesDownWhenTheOtherViewersAreMuchFaster) {
  Watcher watcher;
  const std::array expected = {2.8 * kMbit, 0.0, 0.0};
  EXPECT_EQ(watcher.after(1s, {.carries = 1.5 * kMbit, .sending = 3 * kMbit, .expected = expected}), 1U);
  EXPECT_EQ(watcher.after(60s, {.carries = 1.5 * kMbit, .sending = 1.4 * kMbit, .expected = expected}), 1U);
  const std::array expected_after = {0.7 * kMbit, 0.0, 0.0};
  EXPECT_EQ(watcher.after(4s, {.carries = 1.5 * kMbit, .sending = 1.4 * kMbit, .expected = expected_after}), 0U);
}

TEST(RungChoice, StaysOnTheLastRung) {
  Watcher watcher;
  EXPECT_EQ(watcher.after(10s, {.carries = 10'000, .sending = kMbit}), 2U);
  EXPECT_EQ(watcher.after(60s, {.carries = 10'000, .sending = 100'000}), 2U);
}

TEST(RungChoice, MovesUpAfterTheNetworkHasCarriedMoreForAWhile) {
  Watcher watcher;
  ASSERT_EQ(watcher.after(1s, {.carries = 0.3 * kMbit, .sending = 4 * kMbit}), 2U);
  EXPECT_EQ(watcher.after(2s, {.carries = 0.8 * kMbit, .sending = 0.55 * kMbit}), 2U);
  EXPECT_EQ(watcher.after(2s, {.carries = 0.8 * kMbit, .sending = 0.7 * kMbit}), 1U);
  EXPECT_EQ(watcher.after(60s, {.carries = 1.3 * kMbit, .sending = 1.2 * kMbit}), 1U) << "too little for the next rung";
  EXPECT_EQ(watcher.after(4s, {.carries = 2 * kMbit, .sending = 1.5 * kMbit}), 0U);
}

TEST(RungChoice, SkipsARungThatIsTooLow) {
  Watcher watcher;
  ASSERT_EQ(watcher.after(1s, {.carries = 0.3 * kMbit, .sending = 4 * kMbit}), 2U);
  EXPECT_EQ(watcher.after(4s, {.carries = 4 * kMbit, .sending = 0.5 * kMbit}), 0U);
}

TEST(RungChoice, ProbesTheRungAboveWhenTheStreamNeedsTooLittleToMeasure) {
  Watcher watcher;
  ASSERT_EQ(watcher.after(1s, {.carries = 0.3 * kMbit, .sending = 4 * kMbit}), 2U);
  // A static scene.
  EXPECT_EQ(watcher.after(4s, {.carries = 0.09 * kMbit, .sending = 0.06 * kMbit}), 1U);
  EXPECT_EQ(watcher.after(2s, {.carries = 0.09 * kMbit, .sending = 0.1 * kMbit}), 1U)
      << "the capacity is not measured yet";
  EXPECT_EQ(watcher.after(4s, {.carries = 0.15 * kMbit, .sending = 0.1 * kMbit}), 0U);
  EXPECT_EQ(watcher.after(60s, {.carries = 0.3 * kMbit, .sending = 0.2 * kMbit}), 0U);
}

TEST(RungChoice, WaitsLongerAfterEachFailedProbe) {
  Watcher watcher;
  const RungChoice::Sample idle{.carries = 0.4 * kMbit, .sending = 0.2 * kMbit};
  const RungChoice::Sample crowded{.carries = 0.2 * kMbit, .sending = 0.3 * kMbit, .is_crowded = true};
  ASSERT_EQ(watcher.after(1s, crowded), 2U);
  std::vector<std::chrono::milliseconds> waits;
  for (int i = 0; i < 6; ++i) {
    waits.push_back(watcher.until_it_moves(idle));
    ASSERT_EQ(watcher.choice.rung(), 1U);
    EXPECT_LT(watcher.until_it_moves(crowded), 1s);
    ASSERT_EQ(watcher.choice.rung(), 2U);
  }
  for (std::size_t i = 2; i < waits.size(); ++i) EXPECT_GT(waits[i], waits[i - 1] * 3 / 2);
  EXPECT_LT(waits.back(), 90s);
}

TEST(StreamRate, IsTheMaximumWhileNoViewerIsSlower) {
  StreamRate rate(kLadder[0]);
  EXPECT_EQ(rate.update({}, kStart), std::nullopt);
  EXPECT_EQ(rate.update({6 * kMbit, 9 * kMbit}, kStart), std::nullopt);
  EXPECT_EQ(rate.kbps(), 4000);
}

TEST(StreamRate, FollowsTheSlowestViewerWithinTheRange) {
  StreamRate rate(kLadder[0]);
  EXPECT_EQ(rate.update({2 * kMbit}, kStart), 1900);
  EXPECT_EQ(rate.update({0.5 * kMbit}, kStart + 1s), 1200);
  EXPECT_EQ(rate.update({2.1 * kMbit, 2.4 * kMbit}, kStart + 2s), 1995);
  EXPECT_EQ(rate.update({9 * kMbit}, kStart + 3s), 4000);
}

TEST(StreamRate, IgnoresAMuchSlowerViewer) {
  StreamRate rate(kLadder[0]);
  std::vector<double> twenty(20, 6 * kMbit);
  twenty.push_back(0.8 * kMbit);
  EXPECT_EQ(rate.update(twenty, kStart), std::nullopt);
  EXPECT_GT(rate.expected(), 0.8 * kMbit);
  EXPECT_EQ(rate.update({1.2 * kMbit, 3.5 * kMbit}, kStart + 1s), 3325) << "also with two viewers";
}

TEST(StreamRate, ChangesAtMostFiveTimesASecondAndOnlyForMoreThanFivePercent) {
  StreamRate rate(kLadder[0]);
  EXPECT_EQ(rate.update({2 * kMbit}, kStart), 1900);
  EXPECT_EQ(rate.update({3 * kMbit}, kStart + 199ms), std::nullopt);
  EXPECT_EQ(rate.update({3 * kMbit}, kStart + 200ms), 2850);
  EXPECT_EQ(rate.update({3.1 * kMbit}, kStart + 1s), std::nullopt);
  EXPECT_EQ(rate.update({2.9 * kMbit}, kStart + 2s), std::nullopt);
}

TEST(StreamRate, ReachesTheMaximumEvenByASmallStep) {
  StreamRate rate(kLadder[0]);
  EXPECT_EQ(rate.update({4.05 * kMbit}, kStart), std::nullopt);
  EXPECT_EQ(rate.update({3.9 * kMbit}, kStart), 3705);
  EXPECT_EQ(rate.update({4 * kMbit}, kStart + 1s), std::nullopt);
  EXPECT_EQ(rate.update({4.3 * kMbit}, kStart + 2s), 4000);
}

}  // namespace
}  // namespace cs
