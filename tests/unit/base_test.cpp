// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <vector>

#include "base/distribution.hpp"
#include "base/error.hpp"
#include "base/histogram.hpp"
#include "base/latest_value.hpp"
#include "base/metrics.hpp"
#include "base/thread_role.hpp"
#include "loop/guarded.hpp"
#include "loop/inbox.hpp"
#include "loop/loop.hpp"
#include "loop/wakeup.hpp"
#include "process/resource_limits.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

TEST(Histogram, CountsEachDurationInTheLowestBucketThatCoversIt) {
  Histogram times;
  const auto bucket_of = [&](std::chrono::nanoseconds time) {
    const auto before = times.buckets();
    times.add(time);
    const auto after = times.buckets();
    return std::ranges::mismatch(before, after).in1 - before.begin();
  };
  EXPECT_EQ(bucket_of(0ns), 0);
  EXPECT_EQ(bucket_of(1us), 0);
  EXPECT_EQ(bucket_of(1001ns), 1);
  for (std::size_t i = 1; i < kBucketBoundsUs.size(); ++i) {
    EXPECT_EQ(bucket_of(std::chrono::microseconds(kBucketBoundsUs[i])), i);
    EXPECT_EQ(bucket_of(std::chrono::microseconds(kBucketBoundsUs[i - 1]) + 1ns), i);
  }
  EXPECT_EQ(bucket_of(1h), kBucketBoundsUs.size());
  EXPECT_GT(times.sum(), 1h);
}

TEST(Histogram, AdjacentBoundsDifferByAtMostAQuarter) {
  for (std::size_t i = 5; i < kBucketBoundsUs.size(); ++i)
    EXPECT_LE(kBucketBoundsUs[i] * 4, kBucketBoundsUs[i - 1] * 5) << i;
}

TEST(Metrics, EachCombinationOfLabelsIsASeparateMetric) {
  Metrics metrics;
  Metric& pc = metrics.get("viewers", {{"codec", "H264"}});
  metrics.get("viewers", {{"codec", "VP8"}}).add(2);
  pc.add(3);
  EXPECT_EQ(&metrics.get("viewers", {{"codec", "H264"}}), &pc);
  EXPECT_NE(&metrics.get("viewers"), &pc);
  EXPECT_EQ(metrics.total("viewers"), 5);
  EXPECT_EQ(metrics.total("nothing"), 0);
  const auto all = metrics.all();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[1].name, "viewers");
  EXPECT_EQ(all[1].labels, (Labels{{"codec", "VP8"}}));
  EXPECT_EQ(all[1].value, 2);
}

TEST(Distribution, CountsEachValueInTheLowestBucketThatCoversIt) {
  Distribution shares({0, 0.5});
  for (const double share : {0.0, 0.1, 0.5, 0.6, 7.0}) shares.add(share);
  EXPECT_EQ(shares.counts(), (std::vector<std::int64_t>{1, 2, 2}));
  EXPECT_DOUBLE_EQ(shares.sum(), 8.2);
}

TEST(LatestValue, AReaderKeepsTheValueItGot) {
  LatestValue<std::vector<int>> numbers;
  EXPECT_TRUE(numbers.latest()->empty());
  numbers.publish({1});
  const auto early = numbers.latest();
  numbers.publish({2, 3});
  EXPECT_EQ(*early, std::vector<int>{1});
  EXPECT_EQ(numbers.latest()->size(), 2U);
}

TEST(Inbox, CountsWaitingItems) {
  Metrics metrics;
  Metric& waiting = metrics.get("waiting");
  Inbox<int> inbox(2, 0, metrics.get("refused"), &waiting);
  for (int i = 0; i < 3; ++i) static_cast<void>(inbox.try_push(int{i}));
  EXPECT_EQ(waiting.value(), 2);
  while (inbox.pop()) {
  }
  EXPECT_EQ(waiting.value(), 0);
}

TEST(Inbox, RefusesAndCountsItemsBeyondItsCapacity) {
  Metrics metrics;
  Inbox<int> inbox(3, 1, metrics.get("refused"));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(inbox.try_push(int{i}));
  EXPECT_FALSE(inbox.try_push(3));
  EXPECT_TRUE(inbox.try_push_reserved(4));
  EXPECT_FALSE(inbox.try_push_reserved(5));
  EXPECT_EQ(metrics.get("refused").value(), 2);
  for (const int expected : {0, 1, 2, 4}) EXPECT_EQ(inbox.pop(), expected);
  EXPECT_EQ(inbox.pop(), std::nullopt);
  EXPECT_TRUE(inbox.try_push(6));
}

TEST(Inbox, LosesNoItemsBetweenTwoThreads) {
  Metrics metrics;
  Inbox<int> inbox(16, 0, metrics.get("refused"));
  std::jthread sender([&] {
    for (int i = 0; i < 10000; ++i)
      while (!inbox.try_push(int{i})) std::this_thread::yield();
  });
  for (int expected = 0; expected < 10000;) {
    if (const auto got = inbox.pop()) {
      ASSERT_EQ(*got, expected++);
    } else {
      std::this_thread::yield();
    }
  }
}

class LoopTest : public testing::Test {
 protected:
  LoopTest() { enter_thread(ThreadRole::main); }
  Metrics metrics;
};

TEST_F(LoopTest, RunsJobsOfOtherThreadsOnTheMainThread) {
  Loop loop(metrics);
  const auto main = std::this_thread::get_id();
  std::thread::id ran_on;
  std::jthread other([&] {
    loop.post_result([&] {
      ran_on = std::this_thread::get_id();
      loop.quit(3);
    });
  });
  EXPECT_EQ(loop.run(), 3);
  EXPECT_EQ(ran_on, main);
}

TEST_F(LoopTest, SkipsJobsOfDestroyedObjects) {
  Loop loop(metrics);
  auto object = std::make_shared<int>(0);
  bool ran = false;
  loop.post_result_to(std::weak_ptr<int>(object), [&](int&) { ran = true; });
  object.reset();
  loop.post_result([&] { loop.quit(0); });
  EXPECT_EQ(loop.run(), 0);
  EXPECT_FALSE(ran);
}

TEST_F(LoopTest, RefusesJobsBeyondItsCapacity) {
  Loop loop(metrics);
  int ran = 0;
  int taken = 0;
  while (loop.post([&] { ++ran; })) ++taken;
  EXPECT_EQ(metrics.get("queue_refusals_total", {{"queue", "main-jobs"}}).value(), 1);
  Timer end(1ms, Timer::Repeat::once, [&] { loop.quit(0); });
  EXPECT_EQ(loop.run(), 0);
  EXPECT_EQ(ran, taken);
}

TEST_F(LoopTest, NeverRefusesResults) {
  Loop loop(metrics);
  int ran = 0;
  while (loop.post([&] { ++ran; })) {
  }
  const int posted = static_cast<int>(metrics.get("queue_length", {{"queue", "main-jobs"}}).value());
  for (int i = 0; i < 100; ++i) loop.post_result([&] { ++ran; });
  EXPECT_EQ(metrics.get("queue_refusals_total", {{"queue", "main-jobs"}}).value(), 1);
  while (ran < posted + 100) g_main_context_iteration(nullptr, TRUE);
  EXPECT_EQ(metrics.get("queue_length", {{"queue", "main-jobs"}}).value(), 0);
}

TEST_F(LoopTest, AFailureEndsTheLoopEvenWhenTheQueueIsFull) {
  Loop loop(metrics);
  while (loop.post([] {})) {
  }
  loop.fail("the test fails it");
  loop.post_result([&] { loop.quit(0); });  // runs later; has an effect only if the failure was lost
  EXPECT_EQ(loop.run(), 1);
}

TEST_F(LoopTest, AnExceptionEndsOnlyTheTaskThatThrewIt) {
  Loop loop(metrics);
  const Metric& failed = metrics.get("main_exceptions_total");
  int ran = 0;
  loop.post_result([] { throw StartupError("the first task fails"); });
  loop.post_result([&] { ++ran; });
  loop.post_result([] { throw 4711; });
  const Timer once(1ms, Timer::Repeat::once, [] { throw StartupError("a timer fails"); });
  const Timer forever(1ms, Timer::Repeat::forever, [&] {
    ++ran;
    throw StartupError("the timer fails each time");
  });
  const Wakeup wakeup([] { throw StartupError("the wakeup handler fails"); });
  wakeup.wake();
  while (ran < 4 || failed.value() < 7) g_main_context_iteration(nullptr, TRUE);
  EXPECT_GE(failed.value(), 7);
}

TEST_F(LoopTest, CountsExceptionsOfGuardedJobsWhileACounterIsSet) {
  Metric& failed = metrics.get("failed");
  const auto fail = [] { throw StartupError("the job fails"); };
  run_guarded(fail);
  count_uncaught_in(&failed);
  run_guarded(fail);
  run_guarded([] { throw 4711; });
  run_guarded([] {});
  count_uncaught_in(nullptr);
  run_guarded(fail);
  EXPECT_EQ(failed.value(), 2);
}

TEST_F(LoopTest, ATimerMayDestroyItself) {
  Loop loop(metrics);
  std::unique_ptr<Timer> timer;
  timer = std::make_unique<Timer>(1ms, Timer::Repeat::once, [&] {
    timer.reset();
    loop.quit(0);
  });
  EXPECT_EQ(loop.run(), 0);
  EXPECT_EQ(timer, nullptr);
}

TEST_F(LoopTest, ADestroyedTimerNeverFires) {
  Loop loop(metrics);
  bool fired = false;
  {
    const Timer early(1ms, Timer::Repeat::once, [&] { fired = true; });
  }
  const Timer end(5ms, Timer::Repeat::once, [&] { loop.quit(0); });
  EXPECT_EQ(loop.run(), 0);
  EXPECT_FALSE(fired);
}

TEST(Heartbeat, TickIfDueHasNoEffectWhileResting) {
  const TimePoint now = Clock::now();
  Heartbeat heartbeat;
  heartbeat.tick_if_due(now);
  EXPECT_EQ(heartbeat.silence(now), std::nullopt);
  heartbeat.tick(now);
  heartbeat.tick_if_due(now + 1s);
  EXPECT_EQ(heartbeat.silence(now + 3s), 2s);
}

TEST(Heartbeat, MeasuresSilenceFromTheFirstWorkUntilATickOrRest) {
  const TimePoint now = Clock::now();
  Heartbeat heartbeat;
  EXPECT_EQ(heartbeat.silence(now), std::nullopt);
  heartbeat.expect(now);
  heartbeat.expect(now + 1s);
  EXPECT_EQ(heartbeat.silence(now + 3s), 3s);
  heartbeat.tick(now + 4s);
  EXPECT_EQ(heartbeat.silence(now + 5s), 1s);
  heartbeat.expect(now + 5s);
  EXPECT_EQ(heartbeat.silence(now + 6s), 2s);
  heartbeat.rest();
  EXPECT_EQ(heartbeat.silence(now + 100s), std::nullopt);
}

TEST(Room, DescriptorsCanBeOpenedUpToTheLimit) {
  rlimit before = {};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(can_open_descriptors(8));
  const rlimit none = {0, before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
  EXPECT_FALSE(can_open_descriptors(1));
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
  EXPECT_TRUE(can_open_descriptors(8));
}

TEST(Room, ThreadsCanBeCreatedOnATestMachine) {
  EXPECT_TRUE(can_create_threads(16));
}

}  // namespace
}  // namespace cs
