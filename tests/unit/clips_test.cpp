// SPDX-License-Identifier: MIT
// What a clip holds, and the keyframes it needs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "loop/loop.hpp"
#include "record/clip_ring.hpp"
#include "record/clips.hpp"

using namespace std::chrono_literals;
using testing::IsEmpty;

namespace cs {
namespace {

const TimePoint kStart{std::chrono::hours(1)};

/// A stream that answers each keyframe request with its next access unit.
class FakeStream final : public Broadcast {
 public:
  std::unique_ptr<Subscription> subscribe(AccessUnitSink& subscriber, Ended /*on_ended*/) override {
    struct Place final : Subscription {
      void start() override {}
    };
    sink = &subscriber;
    return std::make_unique<Place>();
  }
  std::function<void()> keyframe_requester() override {
    return [this] { is_keyframe = true; };
  }

  /// Pushes one minute of access units; returns the times of the keyframes.
  std::vector<std::chrono::milliseconds> run(int fps) {
    std::vector<std::chrono::milliseconds> keyframes;
    const auto gap = 1000ms / fps;
    auto late = 0ms;
    for (auto at = 0ms; at < 60s; at += gap) {
      AccessUnit unit;
      late = 1ms - late;  // jitter of 1 ms
      unit.captured_at = kStart + at + late;
      unit.keyframe = std::exchange(is_keyframe, false);
      if (unit.keyframe) keyframes.push_back(at);
      sink->push(unit);
    }
    return keyframes;
  }

  AccessUnitSink* sink = nullptr;
  bool is_keyframe = true;
};

TEST(Clips, RequestAKeyframeEveryTwoSecondsAtAnyFrameRate) {
  for (const int fps : {1, 2, 5, 25, 100}) {
    Metrics metrics;
    Loop loop(metrics);
    FakeStream stream;
    const Clips clips(3s, {.stream = {}, .broadcast = &stream}, loop, metrics);
    const auto keyframes = stream.run(fps);
    ASSERT_EQ(keyframes.size(), 30U) << fps;
    for (std::size_t i = 0; i < keyframes.size(); ++i) EXPECT_EQ(keyframes[i], static_cast<int>(i) * 2s) << fps;
  }
}

AccessUnit unit(std::chrono::milliseconds at, bool keyframe, std::size_t bytes = 10) {
  static const std::array<std::byte, 1000> kData = {};
  return {.owner = {},
          .data = std::span(kData).first(bytes),
          .parts = {},
          .captured_at = kStart + at,
          .keyframe = keyframe};
}

UnitGroup units_of(const ClipRing& ring) {
  UnitGroup units;
  for (const auto& group : ring.groups()) units.insert(units.end(), group->begin(), group->end());
  return units;
}

std::pair<std::chrono::milliseconds, std::chrono::milliseconds> span_of(const ClipRing& ring) {
  const auto units = units_of(ring);
  if (units.empty()) return {-1ms, -1ms};
  const auto since = [](const AccessUnit& one) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(one.captured_at - kStart);
  };
  return {since(units.front()), since(units.back())};
}

TEST(ClipRing, BeginsAtAKeyframeAndHoldsAtLeastTheConfiguredLength) {
  ClipRing ring({.length = 4s, .bytes = 1'000'000});
  ring.push(unit(-33ms, false));
  EXPECT_THAT(units_of(ring), IsEmpty()) << "nothing can be played before a keyframe";
  for (auto at = 0ms; at <= 20s; at += 100ms) {
    EXPECT_FALSE(ring.push(unit(at, at % 2000ms == 0ms)));
    const auto [first, last] = span_of(ring);
    EXPECT_TRUE(units_of(ring).front().keyframe);
    EXPECT_EQ(last, at);
    EXPECT_GE(last - first, std::min<std::chrono::milliseconds>(4s, at));
    EXPECT_LT(last - first, 6s);
    EXPECT_EQ(ring.bytes(), 10 * units_of(ring).size());
  }
}

TEST(ClipRing, ReturnedGroupsDoNotChangeLater) {
  ClipRing ring({.length = 4s, .bytes = 1'000'000});
  ring.push(unit(0ms, true));
  ring.push(unit(33ms, false));
  const auto before = ring.groups();
  ring.push(unit(66ms, false));
  ring.push(unit(99ms, true));
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0]->size(), 2U);
  EXPECT_EQ(ring.groups().size(), 2U);
  EXPECT_EQ(ring.groups()[0]->size(), 3U);
}

TEST(ClipRing, SharesCompleteGroupsAndCopiesOnlyTheLast) {
  ClipRing ring({.length = 100s, .bytes = 1'000'000});
  for (auto at = 0ms; at <= 5s; at += 100ms) ring.push(unit(at, at % 2000ms == 0ms));
  const auto first = ring.groups();
  const auto second = ring.groups();
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(first[0], second[0]);
  EXPECT_EQ(first[1], second[1]);
  EXPECT_NE(first[2], second[2]) << "the last group is still growing";
}

TEST(ClipRing, StaysWithinTheMemoryLimit) {
  ClipRing ring({.length = 100s, .bytes = 5000});
  bool discarded = false;
  for (auto at = 0ms; at < 60s; at += 100ms) {
    discarded = ring.push(unit(at, at % 2000ms == 0ms, 100)) || discarded;
    EXPECT_LE(ring.bytes(), 5000U);
    EXPECT_TRUE(units_of(ring).empty() || units_of(ring).front().keyframe);
  }
  EXPECT_TRUE(discarded);
  EXPECT_GE(units_of(ring).size(), 20U) << "groups that fit are kept";
}

TEST(ClipRing, DiscardsAWholeGroupThatExceedsTheLimit) {
  ClipRing ring({.length = 100s, .bytes = 250});
  EXPECT_FALSE(ring.push(unit(0ms, true, 100)));
  EXPECT_FALSE(ring.push(unit(33ms, false, 100)));
  EXPECT_TRUE(ring.push(unit(66ms, false, 100)));
  EXPECT_THAT(units_of(ring), IsEmpty());
  EXPECT_FALSE(ring.push(unit(99ms, false, 100))) << "access units before the next keyframe cannot be decoded";
  EXPECT_THAT(units_of(ring), IsEmpty());
  EXPECT_FALSE(ring.push(unit(133ms, true, 100)));
  EXPECT_EQ(ring.bytes(), 100U);
}

}  // namespace
}  // namespace cs
