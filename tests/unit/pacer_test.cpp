// SPDX-License-Identifier: MIT
#include "render/pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h) + 123456789ns;

TEST(Pacer, TheFirstFrameIsDueAtOnce) {
  Pacer pacer(30, kStart);
  EXPECT_EQ(pacer.deadline(), kStart);
  EXPECT_EQ(pacer.begin(kStart), 0);
  EXPECT_EQ(pacer.deadline(), kStart + 33333333ns);
}

TEST(Pacer, DoesNotDrift) {
  for (const int fps : {1, 7, 24, 30, 59, 60, 240}) {
    Pacer pacer(fps, kStart);
    for (int frame = 0; frame < 1000 * fps; ++frame) ASSERT_EQ(pacer.begin(pacer.deadline()), 0);
    EXPECT_EQ(pacer.deadline(), kStart + 1000s) << fps;
  }
}

TEST(Pacer, ADelayShorterThanAPeriodMovesNoDeadline) {
  Pacer pacer(25, kStart);
  EXPECT_EQ(pacer.begin(kStart + 39ms), 0);
  EXPECT_EQ(pacer.deadline(), kStart + 40ms);
  EXPECT_EQ(pacer.begin(kStart + 79ms), 0);
  EXPECT_EQ(pacer.deadline(), kStart + 80ms);
}

TEST(Pacer, SkipsWholePeriodsWhenLate) {
  Pacer pacer(25, kStart);
  EXPECT_EQ(pacer.begin(kStart), 0);
  EXPECT_EQ(pacer.begin(kStart + 80ms - 1ns), 0);
  EXPECT_EQ(pacer.begin(kStart + 120ms), 1);  // skips the frame due at 80 ms, begins the one due at 120 ms
  EXPECT_EQ(pacer.begin(kStart + 1165ms), 25);
  EXPECT_EQ(pacer.deadline(), kStart + 1200ms);
}

TEST(Pacer, SkipsAFrameWhosePeriodEndsAtThisNanosecond) {
  Pacer pacer(30, kStart);
  EXPECT_EQ(pacer.begin(kStart), 0);
  EXPECT_EQ(pacer.begin(kStart + 66666666ns), 1);
  EXPECT_EQ(pacer.deadline(), kStart + 100ms);
}

TEST(Pacer, DrawnAndSkippedFramesAddUpToTheDueFrames) {
  // A frame takes 47 ms to draw, at 30 frames per second.
  Pacer pacer(30, kStart);
  TimePoint now = kStart;
  int drawn = 0;
  std::int64_t skipped = 0;
  while (pacer.deadline() < kStart + 100s) {
    now = std::max(now, pacer.deadline());
    skipped += pacer.begin(now);
    ++drawn;
    now += 47ms;
  }
  EXPECT_EQ(drawn + skipped, 3000);
  EXPECT_EQ(drawn, 2128);  // 100 s / 47 ms
}

TEST(Pacer, RestartsAfterIdleTime) {
  Pacer pacer(30, kStart);
  EXPECT_EQ(pacer.begin(kStart), 0);
  pacer.restart(kStart + 1h);
  EXPECT_EQ(pacer.deadline(), kStart + 1h);
  EXPECT_EQ(pacer.begin(kStart + 1h + 1ms), 0);
  EXPECT_EQ(pacer.deadline(), kStart + 1h + 33333333ns);
}

TEST(Pacer, IsStillExactAfterTenYears) {
  Pacer pacer(240, kStart);
  const auto years = 24h * 3652;
  EXPECT_EQ(pacer.begin(kStart + years), years / 1s * 240);
  EXPECT_EQ(pacer.deadline(), kStart + years + 4166666ns);
}

}  // namespace
}  // namespace cs
