// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include "encode/keyframe_pacer.hpp"
#include "encode/recovery.hpp"
#include "encode/stopwatch.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart{std::chrono::hours(1)};

TEST(KeyframePacer, GrantsTheFirstAtOnce) {
  KeyframePacer pacer(400ms);
  EXPECT_TRUE(pacer.grant(true, kStart));
}

TEST(KeyframePacer, GrantsNothingWithoutARequest) {
  KeyframePacer pacer(400ms);
  EXPECT_FALSE(pacer.grant(false, kStart));
}

TEST(KeyframePacer, AFloodOfRequestsMakesOneKeyframePerIntervalPlusOne) {
  KeyframePacer pacer(400ms);
  int granted = 0;
  for (auto at = 0ms; at < 4000ms; at += 1ms)
    if (pacer.grant(true, kStart + at)) ++granted;
  EXPECT_EQ(granted, 11);
}

TEST(KeyframePacer, GrantsTwoInARowAndTheThirdAfterTheInterval) {
  KeyframePacer pacer(400ms);
  EXPECT_TRUE(pacer.grant(true, kStart));
  EXPECT_TRUE(pacer.grant(true, kStart + 33ms));
  EXPECT_FALSE(pacer.grant(true, kStart + 399ms));
  EXPECT_TRUE(pacer.grant(true, kStart + 400ms));
  EXPECT_FALSE(pacer.grant(true, kStart + 799ms));
}

TEST(KeyframePacer, ALongPauseAllowsTwoInARowAtMost) {
  KeyframePacer pacer(400ms);
  EXPECT_TRUE(pacer.grant(true, kStart));
  for (const bool expected : {true, true, false, false}) EXPECT_EQ(pacer.grant(true, kStart + 1h), expected);
}

TEST(Stopwatch, KnowsOnlyTheLatestFrames) {
  Stopwatch stopwatch;
  EXPECT_EQ(stopwatch.read(kStart, kStart), std::nullopt);
  for (int i = 0; i < 9; ++i) stopwatch.start(kStart + i * 33ms, kStart + i * 33ms + 2ms);
  EXPECT_EQ(stopwatch.read(kStart, kStart + 300ms), std::nullopt);  // the first of nine
  EXPECT_EQ(stopwatch.read(kStart + 33ms, kStart + 40ms), 5ms);
  EXPECT_EQ(stopwatch.read(kStart + 8 * 33ms, kStart + 300ms), 34ms);
  EXPECT_EQ(stopwatch.read(kStart + 1ms, kStart + 300ms), std::nullopt);
}

TEST(Recovery, RebuildsTheSameEncoderAfterTheFirstFailure) {
  Recovery recovery;
  EXPECT_EQ(recovery.on_error(kStart, true), Recovery::Step::rebuild);
  EXPECT_EQ(recovery.on_error(kStart + 10s, true), Recovery::Step::rebuild);
}

TEST(Recovery, TakesTheNextRowAfterASecondFailureWithinTenSeconds) {
  Recovery recovery;
  EXPECT_EQ(recovery.on_error(kStart, true), Recovery::Step::rebuild);
  EXPECT_EQ(recovery.on_error(kStart + 9s, true), Recovery::Step::next_row);
  EXPECT_EQ(recovery.on_error(kStart + 10s, false), Recovery::Step::rebuild);
}

TEST(Recovery, GivesUpWithoutANextRowAndRebuildsForTheNextViewer) {
  Recovery recovery;
  EXPECT_EQ(recovery.on_error(kStart, false), Recovery::Step::rebuild);
  EXPECT_EQ(recovery.on_error(kStart + 1s, false), Recovery::Step::give_up);
  EXPECT_EQ(recovery.on_error(kStart + 2s, false), Recovery::Step::rebuild);
}

}  // namespace
}  // namespace cs
