// SPDX-License-Identifier: MIT
#include "service/stall_detector.hpp"

#include <gmock/gmock.h>

#include <chrono>

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace cs {
namespace {

TEST(StallDetector, AcceptsTickingAndRestingThreads) {
  StallDetector detector(4s);
  const auto report = detector.check({{"render", 3900ms}, {"net", 0s}, {"encode H264", std::nullopt}});
  EXPECT_TRUE(report.all_well);
  EXPECT_THAT(report.errors, IsEmpty());
  EXPECT_THAT(report.notes, IsEmpty());
}

TEST(StallDetector, ReportsAStalledThreadOnce) {
  StallDetector detector(4s);
  const auto first = detector.check({{"render", 1s}, {"encode H264", 4100ms}});
  EXPECT_FALSE(first.all_well);
  EXPECT_THAT(first.errors, ElementsAre("encode H264: no progress for 4.1 s"));
  const auto second = detector.check({{"render", 1s}, {"encode H264", 4600ms}});
  EXPECT_FALSE(second.all_well);
  EXPECT_THAT(second.errors, IsEmpty());
}

TEST(StallDetector, OneStalledThreadIsEnough) {
  StallDetector detector(4s);
  EXPECT_FALSE(detector.check({{"encode VP8", std::nullopt}, {"net", 5s}, {"render", 0s}}).all_well);
}

TEST(StallDetector, ReportsRecoveryAndTheNextStall) {
  StallDetector detector(4s);
  EXPECT_FALSE(detector.check({{"net", 5s}}).all_well);
  const auto better = detector.check({{"net", 10ms}});
  EXPECT_TRUE(better.all_well);
  EXPECT_THAT(better.notes, ElementsAre("net: makes progress again"));
  EXPECT_THAT(detector.check({{"net", 20ms}}).notes, IsEmpty());
  EXPECT_EQ(detector.check({{"net", 6s}}).errors.size(), 1u);
}

TEST(StallDetector, AStalledThreadThatRestsHasRecovered) {
  StallDetector detector(4s);
  EXPECT_FALSE(detector.check({{"encode H264", 5s}}).all_well);
  const auto resting = detector.check({{"encode H264", std::nullopt}});
  EXPECT_TRUE(resting.all_well);
  EXPECT_THAT(resting.notes, ElementsAre("encode H264: makes progress again"));
}

}  // namespace
}  // namespace cs
