// SPDX-License-Identifier: MIT
#include "producer/frame_pace.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cs {
namespace {

constexpr TimePoint kStart{std::chrono::hours(1)};
constexpr double kPeriod = 1.0 / 30;  // seconds

/// How many of `count` frames pass at 30 frames per second, if they come every `period` seconds, each early or late by
/// up to `jitter` seconds.
int passed(int count, double period, double jitter = 0) {
  FramePace pace;
  int result = 0;
  for (int i = 0; i < count; ++i) {
    const double at = i * period + jitter * std::sin(i * 2.4);
    const TimePoint now = kStart + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(at));
    if (!pace.allows(now, 30)) continue;
    pace.take(now, 30);
    ++result;
  }
  return result;
}

TEST(FramePace, AllFramesOfAProgramAtTheRatePass) {
  EXPECT_EQ(passed(10'000, kPeriod), 10'000);
  EXPECT_EQ(passed(10'000, kPeriod, 0.4 * kPeriod), 10'000) << "irregular";
  EXPECT_EQ(passed(10'000, kPeriod * 0.999), 10'000) << "its clock is faster";
  EXPECT_EQ(passed(10'000, kPeriod * 1.001), 10'000) << "its clock is slower";
}

TEST(FramePace, AFasterProgramIsLimited) {
  EXPECT_NEAR(passed(10'000, kPeriod / 2), 5500, 2);
  EXPECT_NEAR(passed(10'000, kPeriod / 100), 110, 2);
}

TEST(FramePace, AFrameAfterAPausePassesAtOnce) {
  FramePace pace;
  pace.take(kStart, 30);
  pace.take(kStart, 30);
  EXPECT_FALSE(pace.allows(kStart, 30));
  EXPECT_TRUE(pace.allows(kStart + std::chrono::seconds(1), 30));
}

}  // namespace
}  // namespace cs
