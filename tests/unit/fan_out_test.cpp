// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/thread_role.hpp"
#include "cubestream/demand.hpp"
#include "fanout/fan_out.hpp"

namespace cs {
namespace {

using Level = Demand::Level;
using testing::ElementsAre;

/// Records what it got: 'K' for a keyframe, 'd' for another unit.
class FakeSink final : public AccessUnitSink {
 public:
  bool has_room() override { return room; }
  void push(const AccessUnit& unit) override {
    const std::lock_guard lock(mutex_);
    got_ += unit.keyframe ? 'K' : 'd';
  }
  void skip(std::int64_t units) override { skipped += units; }
  std::string got() {
    const std::lock_guard lock(mutex_);
    return got_;
  }

  std::atomic<bool> room = true;
  std::atomic<std::int64_t> skipped = 0;

 private:
  std::mutex mutex_;
  std::string got_;  // guarded by mutex_
};

class FanOutTest : public testing::Test {
 protected:
  FanOutTest() {
    enter_thread(ThreadRole::main);
    demand.set_listener([this](Level level) { levels.push_back(level); });
  }
  /// By default the units are too old to be replayed.
  void publish(const std::string& units, TimePoint captured_at = {}) {
    for (const char unit : units) {
      fan_out.publish({.owner = nullptr, .data = {}, .parts = {}, .captured_at = captured_at, .keyframe = unit == 'K'});
      while (carried.value() < units_total.value()) std::this_thread::yield();
    }
  }
  std::unique_ptr<Subscription> subscribe(FakeSink& sink) {
    return fan_out.subscribe(sink, [this](const std::string& why) { ends.push_back(why); });
  }

  Metrics metrics;
  Demand demand;
  FanOut fan_out{demand, metrics, 1};
  Metric& carried = metrics.get("fanout_frames_carried_total");
  Metric& units_total = metrics.get("fanout_frames_total");
  std::vector<Level> levels;
  std::vector<std::string> ends;
};

TEST_F(FanOutTest, TheDemandFollowsTheSubscriptions) {
  FakeSink one;
  FakeSink two;
  {
    const auto first = subscribe(one);
    const auto second = subscribe(two);
    first->start();
    second->start();
  }
  EXPECT_THAT(levels, ElementsAre(Level::standby, Level::live, Level::none));
}

TEST_F(FanOutTest, StartingRequestsAKeyframe) {
  FakeSink sink;
  const auto subscription = subscribe(sink);
  EXPECT_FALSE(demand.keyframe_requested());
  subscription->start();
  while (!demand.keyframe_requested()) std::this_thread::yield();  // the worker thread requests it
}

TEST_F(FanOutTest, ASinkThatStartsSoonAfterAKeyframeGetsAReplay) {
  FakeSink early;
  const auto first = subscribe(early);
  first->start();
  publish("Kddd", Clock::now());
  demand.keyframe_granted();
  FakeSink late;
  const auto second = subscribe(late);
  second->start();
  while (late.got() != "Kddd") std::this_thread::yield();
  publish("d", Clock::now());
  EXPECT_EQ(late.got(), "Kdddd");
  EXPECT_EQ(early.got(), "Kdddd");
  EXPECT_FALSE(demand.keyframe_requested());
  EXPECT_EQ(metrics.get("viewer_frames_replayed_total").value(), 4);
}

TEST_F(FanOutTest, AnOldKeyframeIsNotReplayed) {
  FakeSink early;
  const auto first = subscribe(early);
  first->start();
  const TimePoint now = Clock::now();
  publish("K", now - std::chrono::milliseconds(600));
  publish("dd", now);
  demand.keyframe_granted();
  FakeSink late;
  const auto second = subscribe(late);
  second->start();
  while (!demand.keyframe_requested()) std::this_thread::yield();
  publish("dKd", now);
  EXPECT_EQ(late.got(), "Kd");
}

TEST_F(FanOutTest, AFullNewSinkStartsAtALaterKeyframe) {
  FakeSink early;
  const auto first = subscribe(early);
  first->start();
  publish("Kd", Clock::now());
  demand.keyframe_granted();
  FakeSink full;
  full.room = false;
  const auto second = subscribe(full);
  second->start();
  while (!demand.keyframe_requested()) std::this_thread::yield();
  publish("d", Clock::now());
  full.room = true;
  publish("dKd", Clock::now());
  EXPECT_EQ(full.got(), "Kd");
}

TEST_F(FanOutTest, ALateSinkStartsAtAKeyframeAndOthersContinue) {
  FakeSink early;
  FakeSink late;
  const auto first = subscribe(early);
  first->start();
  publish("Kdd");
  const auto second = subscribe(late);
  second->start();
  publish("ddKd");
  EXPECT_EQ(early.got(), "KddddKd");
  EXPECT_EQ(late.got(), "Kd");
}

TEST_F(FanOutTest, OnlyTheSlowSinkSkipsToTheNextKeyframe) {
  FakeSink slow;
  FakeSink quick;
  const auto first = subscribe(slow);
  const auto second = subscribe(quick);
  first->start();
  second->start();
  publish("Kd");
  demand.keyframe_granted();
  slow.room = false;
  publish("dd");
  EXPECT_FALSE(demand.keyframe_requested());
  slow.room = true;
  publish("d");
  EXPECT_TRUE(demand.keyframe_requested());
  publish("Kd");
  EXPECT_EQ(slow.got(), "KdKd");
  EXPECT_EQ(quick.got(), "KddddKd");
  EXPECT_EQ(metrics.get("viewer_gaps_total").value(), 1);
  EXPECT_EQ(slow.skipped, 3);
  EXPECT_EQ(quick.skipped, 0);
}

TEST_F(FanOutTest, ASinkThatHasNotBegunCountsNoSkippedUnits) {
  FakeSink sink;
  const auto subscription = subscribe(sink);
  publish("Kdd");
  subscription->start();
  publish("dd");
  EXPECT_EQ(sink.skipped, 0);
  EXPECT_EQ(demand.keyframe_granted(), KeyframeCause::newcomer);
  publish("Kd");
  sink.room = false;
  publish("d");
  sink.room = true;
  publish("d");
  EXPECT_EQ(sink.skipped, 2);
  EXPECT_EQ(demand.keyframe_granted(), KeyframeCause::gap);
}

TEST_F(FanOutTest, DeliversNothingAfterUnsubscribing) {
  FakeSink sink;
  auto subscription = subscribe(sink);
  subscription->start();
  publish("K");
  subscription.reset();
  publish("Kd");
  EXPECT_EQ(sink.got(), "K");
}

TEST_F(FanOutTest, ASinkMayUnsubscribeDuringPublishing) {
  std::atomic<bool> done = false;
  std::jthread encoder([&] {
    while (!done) publish("Kd");
  });
  for (int i = 0; i < 1000; ++i) {
    FakeSink sink;
    subscribe(sink)->start();
  }
  done = true;
}

TEST_F(FanOutTest, EverySinkIsNotifiedOfTheEndAndMayUnsubscribe) {
  FakeSink one;
  FakeSink two;
  std::unique_ptr<Subscription> first;
  first = fan_out.subscribe(one, [&](const std::string& why) {
    ends.push_back(why);
    first.reset();
  });
  const auto second = subscribe(two);
  fan_out.end("no more");
  EXPECT_THAT(ends, ElementsAre("no more", "no more"));
  EXPECT_EQ(demand.level(), Level::standby);
}

TEST_F(FanOutTest, ASinkThatTheEndOfAnotherUnsubscribedIsNotNotified) {
  FakeSink one;
  FakeSink two;
  auto gone = std::make_unique<std::string>("alive");
  std::unique_ptr<Subscription> second;
  const auto first = fan_out.subscribe(one, [&](const std::string& why) {
    ends.push_back(why);
    second.reset();
    gone.reset();
  });
  second = fan_out.subscribe(two, [&](const std::string& /*why*/) { ends.push_back(*gone); });
  fan_out.end("no more");
  EXPECT_THAT(ends, ElementsAre("no more"));
}

}  // namespace
}  // namespace cs
