// SPDX-License-Identifier: MIT
#include "ladder/rung_switch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <semaphore>
#include <string>
#include <thread>
#include <vector>

using namespace std::chrono_literals;

namespace cs {
namespace {

using testing::ElementsAre;

const TimePoint kStart = TimePoint(1000h);

AccessUnit unit(TimePoint at, bool keyframe) {
  return {.owner = {}, .data = {}, .parts = {}, .captured_at = at, .keyframe = keyframe};
}

/// A stream whose units the test publishes.
class FakeRung final : public Broadcast {
 public:
  std::unique_ptr<Subscription> subscribe(AccessUnitSink& subscriber, Ended on_ended) override {
    sink = &subscriber;
    ended = std::move(on_ended);
    return std::make_unique<FakeSubscription>(*this);
  }
  std::function<void()> keyframe_requester() override {
    return [this] { ++requests; };
  }

  /// Publishes a unit as the fan-out worker does.
  void publish(TimePoint at, bool keyframe) {
    if (sink != nullptr && started && sink->has_room()) sink->push(unit(at, keyframe));
  }

  AccessUnitSink* sink = nullptr;  // null: no subscriber
  bool started = false;
  Ended ended;
  std::atomic<int> requests = 0;

 private:
  struct FakeSubscription final : Subscription {
    explicit FakeSubscription(FakeRung& of) : rung(of) {}
    ~FakeSubscription() override {
      rung.sink = nullptr;
      rung.started = false;
    }
    void start() override { rung.started = true; }
    FakeRung& rung;
  };
};

struct Out final : AccessUnitSink {
  bool has_room() override { return room; }
  void push(const AccessUnit& unit) override { times.push_back(unit.captured_at); }
  void skip(std::int64_t units) override { skipped += units; }

  bool room = true;
  std::vector<TimePoint> times;
  std::int64_t skipped = 0;
};

class Switching : public testing::Test {
 protected:
  /// Publishes frames of both streams, one each every 33 ms.
  void publish_frames(int count, bool keyframes_of_lower = false) {
    for (int i = 0; i < count; ++i) {
      now += 33ms;
      full.publish(now, false);
      half.publish(now, keyframes_of_lower);
    }
  }

  FakeRung full;
  FakeRung half;
  Out out;
  std::string end_reason;
  std::shared_ptr<WatchedRung> watched = std::make_shared<WatchedRung>(std::vector<Broadcast*>{&full, &half});
  RungSwitch rung_switch{out, {&full, &half}, watched, [this](const std::string& why) { end_reason = why; }};
  TimePoint now = kStart;
};

TEST_F(Switching, StartsOnTheFullStreamAndSubscribesToNoOther) {
  EXPECT_NE(full.sink, nullptr);
  EXPECT_FALSE(full.started);
  EXPECT_EQ(half.sink, nullptr);
  rung_switch.start();
  publish_frames(3);
  EXPECT_THAT(out.times, ElementsAre(kStart + 33ms, kStart + 66ms, kStart + 99ms));
}

TEST_F(Switching, KeepsTheOldStreamUntilAKeyframeOfTheNewOne) {
  rung_switch.start();
  rung_switch.move_to(1);
  EXPECT_TRUE(half.started);
  EXPECT_EQ(rung_switch.next(), 1U);
  publish_frames(3);
  EXPECT_EQ(out.times.size(), 3U);
  EXPECT_EQ(rung_switch.rung(), 0U);
  now += 33ms;
  half.publish(now, true);
  EXPECT_EQ(rung_switch.rung(), 1U);
  EXPECT_EQ(rung_switch.next(), 1U);
  full.publish(now, false);
  half.publish(now + 33ms, false);
  EXPECT_THAT(std::vector(out.times.end() - 2, out.times.end()), ElementsAre(now, now + 33ms));
}

TEST_F(Switching, UnsubscribesFromTheOldStreamAfterTheMove) {
  rung_switch.start();
  rung_switch.move_to(1);
  rung_switch.settle();
  EXPECT_NE(full.sink, nullptr);
  publish_frames(1, true);
  rung_switch.settle();
  EXPECT_EQ(full.sink, nullptr);
  EXPECT_NE(half.sink, nullptr);
}

TEST_F(Switching, KeyframeOfAFrameAlreadySentGetsALaterTimestamp) {
  rung_switch.start();
  rung_switch.move_to(1);
  publish_frames(1, true);
  EXPECT_THAT(out.times, ElementsAre(kStart + 33ms, kStart + 34ms));
  publish_frames(1);
  EXPECT_EQ(out.times.back(), kStart + 66ms);
}

TEST_F(Switching, SkipsAnOldKeyframeAndRequestsANewOne) {
  rung_switch.start();
  publish_frames(10);
  rung_switch.move_to(1);
  half.publish(now - 100ms, true);
  half.publish(now - 67ms, false);
  EXPECT_EQ(rung_switch.rung(), 0U);
  EXPECT_EQ(half.requests, 1);
  EXPECT_EQ(out.times.back(), now);
  publish_frames(1, true);
  EXPECT_EQ(rung_switch.rung(), 1U);
}

TEST_F(Switching, MoveCanBeCancelled) {
  rung_switch.start();
  rung_switch.move_to(1);
  rung_switch.move_to(0);
  EXPECT_EQ(rung_switch.next(), rung_switch.rung());
  EXPECT_EQ(half.sink, nullptr);
  publish_frames(2, true);
  EXPECT_EQ(rung_switch.rung(), 0U);
  EXPECT_EQ(out.times.size(), 2U);
}

TEST_F(Switching, MoveBeforeStartIsHonoured) {
  rung_switch.move_to(1);
  rung_switch.start();
  EXPECT_TRUE(half.started);
  half.publish(now, true);
  EXPECT_EQ(rung_switch.rung(), 1U);
}

TEST_F(Switching, RequestsKeyframesOfTheCurrentStream) {
  rung_switch.start();
  watched->request_keyframe();
  rung_switch.move_to(1);
  watched->request_keyframe();
  EXPECT_EQ(full.requests, 2);
  publish_frames(1, true);
  watched->request_keyframe();
  EXPECT_EQ(full.requests, 2);
  EXPECT_EQ(half.requests, 1);
}

TEST_F(Switching, CountsSkippedUnitsOfTheCurrentStreamOnly) {
  rung_switch.start();
  rung_switch.move_to(1);
  full.sink->skip(2);
  half.sink->skip(5);
  EXPECT_EQ(out.skipped, 2);
}

TEST_F(Switching, DeliversNothingWhileTheSinkIsFull) {
  rung_switch.start();
  rung_switch.move_to(1);
  out.room = false;
  publish_frames(2, true);
  EXPECT_TRUE(out.times.empty());
  EXPECT_EQ(rung_switch.next(), 1U);
}

TEST_F(Switching, AfterAGapWaitsForTheNextStream) {
  rung_switch.start();
  publish_frames(1);
  rung_switch.move_to(1);
  full.sink->skip(1);
  out.room = true;
  full.publish(now + 33ms, true);
  EXPECT_EQ(out.times.size(), 1U) << "otherwise two keyframes would follow each other";
  half.publish(now + 66ms, true);
  EXPECT_EQ(rung_switch.rung(), 1U);
  EXPECT_EQ(out.times.size(), 2U);
}

TEST_F(Switching, AfterAGapKeepsTheCurrentStreamIfTheNextOneEnds) {
  rung_switch.start();
  rung_switch.move_to(1);
  full.sink->skip(1);
  half.ended("no encoder");
  full.publish(now + 33ms, true);
  EXPECT_EQ(out.times.size(), 1U);
}

TEST_F(Switching, StaysOnTheCurrentStreamWhenTheNextOneEnds) {
  rung_switch.start();
  rung_switch.move_to(1);
  half.ended("no encoder");
  EXPECT_EQ(end_reason, "");
  EXPECT_EQ(rung_switch.next(), rung_switch.rung());
  EXPECT_EQ(half.sink, nullptr);
  full.ended("none at all");
  EXPECT_EQ(end_reason, "none at all");
}

/// Two fan-out threads at once, for the thread sanitizer.
TEST_F(Switching, KeepsTheOrderOfFramesFromTwoThreads) {
  rung_switch.start();
  rung_switch.move_to(1);
  const auto publish = [](AccessUnitSink* sink) {
    for (int i = 1; i <= 20'000; ++i)
      if (sink->has_room()) sink->push(unit(kStart + i * 1us, i % 100 == 0));
  };
  {
    const std::jthread one(publish, full.sink);
    const std::jthread other(publish, half.sink);
    for (std::size_t i = 0; i < 1000; ++i) rung_switch.move_to(i % 2 == 0 ? 0 : rung_switch.rung());
  }
  ASSERT_FALSE(out.times.empty());
  for (std::size_t i = 1; i < out.times.size(); ++i) ASSERT_LT(out.times[i - 1], out.times[i]);
}

/// A sink that ends the stream during has_room(), which the switch calls under its lock.
struct BlockingSink final : AccessUnitSink {
  bool has_room() override {
    is_asked.release();
    while (!is_ending) std::this_thread::yield();
    // Usually enough for the main thread to reach the lock; if not, this round proves less.
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
    return true;
  }
  void push(const AccessUnit& /*unit*/) override {}
  void skip(std::int64_t /*units*/) override {}

  std::binary_semaphore is_asked{0};
  std::atomic<bool> is_ending = false;
};

/// The fan-out thread delivers a keyframe of the next stream while that stream ends on the main thread. Either may be
/// first; a viewer that has moved must be informed of the end. Also for the thread sanitizer.
TEST_F(Switching, ReportsTheEndOfAStreamThatEndsDuringTheSwitch) {
  for (int i = 0; i < 500; ++i) {
    bool reported = false;
    BlockingSink blocking;
    watched->set(0);
    RungSwitch moving(blocking, {&full, &half}, watched, [&](const std::string& /*why*/) { reported = true; });
    moving.start();
    moving.move_to(1);
    {
      const std::jthread fan_out([sink = half.sink] {
        if (sink->has_room()) sink->push(unit(kStart, true));
      });
      blocking.is_asked.acquire();
      blocking.is_ending = true;
      half.ended("no encoder");
    }
    ASSERT_EQ(moving.next(), moving.rung());
    ASSERT_EQ(reported, moving.rung() == 1);
  }
}

}  // namespace
}  // namespace cs
