// SPDX-License-Identifier: MIT
#include "fanout/keyframe_gate.hpp"

#include <gtest/gtest.h>

namespace cs {
namespace {

constexpr bool kKeyframe = true;
constexpr bool kDelta = false;
constexpr bool kRoom = true;
constexpr bool kFull = false;

TEST(KeyframeGate, DeliversNothingBeforeTheStart) {
  KeyframeGate gate;
  const auto decision = gate.on_unit(kKeyframe, kRoom);
  EXPECT_FALSE(decision.deliver);
  EXPECT_FALSE(decision.want_keyframe);
}

TEST(KeyframeGate, RequestsAKeyframeUntilOneArrives) {
  KeyframeGate gate;
  gate.start();
  const auto before = gate.on_unit(kDelta, kRoom);
  EXPECT_FALSE(before.deliver);
  EXPECT_TRUE(before.want_keyframe);
  EXPECT_TRUE(gate.on_unit(kKeyframe, kRoom).deliver);
  const auto after = gate.on_unit(kDelta, kRoom);
  EXPECT_TRUE(after.deliver);
  EXPECT_FALSE(after.want_keyframe);
}

TEST(KeyframeGate, ResumesAtAKeyframeAfterAGap) {
  KeyframeGate gate;
  gate.start();
  EXPECT_TRUE(gate.on_unit(kKeyframe, kRoom).deliver);
  EXPECT_TRUE(gate.on_unit(kDelta, kFull).skipped);
  EXPECT_FALSE(gate.on_unit(kDelta, kRoom).deliver);
  EXPECT_TRUE(gate.on_unit(kDelta, kRoom).want_keyframe);
  EXPECT_TRUE(gate.on_unit(kKeyframe, kRoom).deliver);
}

TEST(KeyframeGate, AFullSinkRequestsNoKeyframe) {
  KeyframeGate gate;
  gate.start();
  EXPECT_TRUE(gate.on_unit(kKeyframe, kRoom).deliver);
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(gate.on_unit(i % 10 == 0, kFull).want_keyframe);
}

TEST(KeyframeGate, CountsAGapOnce) {
  KeyframeGate gate;
  gate.start();
  EXPECT_TRUE(gate.on_unit(kKeyframe, kRoom).deliver);
  EXPECT_TRUE(gate.on_unit(kDelta, kFull).skipped);
  EXPECT_FALSE(gate.on_unit(kDelta, kFull).skipped);
}

}  // namespace
}  // namespace cs
