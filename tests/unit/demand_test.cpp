// SPDX-License-Identifier: MIT
#include "cubestream/demand.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace cs {
namespace {

using Level = Demand::Level;

TEST(Demand, KeepsTheFirstCauseUntilTheKeyframeIsGranted) {
  Demand demand;
  EXPECT_EQ(demand.keyframe_granted(), KeyframeCause::none);
  demand.request_keyframe(KeyframeCause::newcomer);
  demand.request_keyframe(KeyframeCause::request);
  EXPECT_TRUE(demand.keyframe_requested());
  EXPECT_EQ(demand.keyframe_granted(), KeyframeCause::newcomer);
  EXPECT_FALSE(demand.keyframe_requested());
  demand.request_keyframe();
  EXPECT_EQ(demand.keyframe_granted(), KeyframeCause::request);
}

constexpr std::chrono::minutes kLong{1};

TEST(DemandWait, WakesOnLiveDemandAndOnAStopRequest) {
  Demand demand;
  std::atomic<int> woken = 0;
  std::jthread waiter([&](const std::stop_token& stop) {
    if (demand.wait_until_live(stop, kLong)) ++woken;
    demand.set(Level::none);
    if (!demand.wait_until_live(stop, kLong)) ++woken;
  });
  demand.set(Level::live);
  while (demand.level() != Level::none) std::this_thread::yield();
  waiter.request_stop();
  waiter.join();
  EXPECT_EQ(woken, 2);
}

TEST(DemandWait, WakesAfterTheTimeout) {
  Demand demand;
  const std::stop_source stop;
  EXPECT_FALSE(demand.wait_until_live(stop.get_token(), std::chrono::milliseconds(1)));
}

TEST(DemandWait, AStopRequestWinsOverLiveDemand) {
  Demand demand;
  demand.set(Level::live);
  std::stop_source stop;
  stop.request_stop();
  EXPECT_FALSE(demand.wait_until_live(stop.get_token(), kLong));
}

}  // namespace
}  // namespace cs
