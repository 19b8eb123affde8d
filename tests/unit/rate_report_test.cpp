// SPDX-License-Identifier: MIT
#include "render/rate_report.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "render/loss_limit.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr RateWindow kGood{.fps = 30, .due = 30, .drawing = 90ms};
constexpr RateWindow kSlow{.fps = 30, .due = 30, .skipped = 9, .drawing = 21 * 47ms};
constexpr RateWindow kBusy{.fps = 30, .due = 30, .refused = 6, .drawing = 24 * 3ms};

/// All sentences reported for these seconds, with "+" before a recovery.
std::vector<std::string> reports(RateReport& report, const std::vector<RateWindow>& seconds) {
  std::vector<std::string> sentences;
  for (const RateWindow& second : seconds)
    if (const auto change = report.add(second)) sentences.push_back((change->kept ? "+" : "") + change->sentence);
  return sentences;
}

using Sentences = std::vector<std::string>;

TEST(RateReport, ReportsNothingWhileTheRateIsKept) {
  RateReport report;
  EXPECT_EQ(reports(report, {kGood, kGood, kGood, kGood, kGood}), Sentences{});
}

TEST(RateReport, ReportsSlowDrawingWithTheRate) {
  RateReport report;
  EXPECT_EQ(reports(report, {kSlow, kSlow, kSlow, kSlow}),
            Sentences{"drawing cannot keep the rate: 21 of 30 frames per second (a frame takes 47 ms to draw)"});
}

TEST(RateReport, ReportsABusyProcessorWhenDrawingIsFast) {
  RateReport report;
  const RateWindow starved{.fps = 30, .due = 30, .skipped = 10, .drawing = 20 * 5ms};
  EXPECT_EQ(reports(report, {starved, starved}),
            Sentences{"drawing cannot keep the rate: 20 of 30 frames per second (a frame takes 5 ms to draw; other "
                      "work keeps the processor busy)"});
}

TEST(RateReport, ReportsSlowEncodingWithTheRate) {
  RateReport report;
  EXPECT_EQ(reports(report, {kBusy, kBusy, kBusy}),
            Sentences{"encoding cannot keep the rate: 24 of 30 frames per second"});
}

TEST(RateReport, ConvertsALongerWindowToFramesPerSecond) {
  RateReport report;
  const RateWindow longer{.fps = 30, .due = 60, .refused = 30, .drawing = 90ms};
  EXPECT_EQ(reports(report, {longer, longer}), Sentences{"encoding cannot keep the rate: 15 of 30 frames per second"});
}

TEST(RateReport, IgnoresASingleBadSecond) {
  RateReport report;
  EXPECT_EQ(reports(report, {kSlow, kGood, kBusy, kGood, kSlow, kBusy, kGood}), Sentences{});
}

TEST(RateReport, IgnoresOneMissingFrameOfThirty) {
  RateReport report;
  const RateWindow one{.fps = 30, .due = 30, .skipped = 1, .drawing = 90ms};
  EXPECT_EQ(reports(report, {one, one, one, one}), Sentences{});
}

TEST(RateReport, ReportsTheRecoveryOnce) {
  RateReport report;
  EXPECT_EQ(reports(report, {kBusy, kBusy, kGood, kGood, kBusy, kGood, kGood, kGood, kGood, kGood, kGood}),
            (Sentences{"encoding cannot keep the rate: 24 of 30 frames per second",
                       "+the rate is kept again: 30 frames per second"}));
}

TEST(RateReport, ReportsAChangeOfTheCause) {
  RateReport report;
  EXPECT_EQ(reports(report, {kBusy, kBusy, kSlow, kSlow, kSlow}),
            (Sentences{"encoding cannot keep the rate: 24 of 30 frames per second",
                       "drawing cannot keep the rate: 21 of 30 frames per second (a frame takes 47 ms to draw)"}));
}

TEST(RateReport, ReportsAgainWhenTheRateGetsMuchWorse) {
  RateReport report;
  const RateWindow worse{.fps = 30, .due = 30, .refused = 20, .drawing = 30ms};
  EXPECT_EQ(reports(report, {kBusy, kBusy, worse, worse, worse}),
            (Sentences{"encoding cannot keep the rate: 24 of 30 frames per second",
                       "encoding cannot keep the rate: 10 of 30 frames per second"}));
}

TEST(RateReport, ReportsARateOfZeroWhenNothingIsDrawn) {
  RateReport report;
  const RateWindow stuck{.fps = 30, .due = 30, .refused = 30};
  EXPECT_EQ(reports(report, {stuck, {}, stuck}), Sentences{"encoding cannot keep the rate: 0 of 30 frames per second"});
}

const TimePoint kStart = TimePoint(1h);

TEST(LossLimit, IsReachedByTheFifthLossWithinTenSeconds) {
  LossLimit limit;
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(limit.reached_by_loss_at(kStart + i * 2s));
  EXPECT_TRUE(limit.reached_by_loss_at(kStart + 10s - 1ms));
}

TEST(LossLimit, IsNotReachedByLossesFarApart) {
  LossLimit limit;
  for (int i = 0; i < 100; ++i) EXPECT_FALSE(limit.reached_by_loss_at(kStart + i * 2500ms)) << i;
}

TEST(LossLimit, UsesASlidingWindowOfTenSeconds) {
  LossLimit limit;
  EXPECT_FALSE(limit.reached_by_loss_at(kStart));
  for (const auto after : {11s, 12s, 18s, 19s}) EXPECT_FALSE(limit.reached_by_loss_at(kStart + after));
  EXPECT_TRUE(limit.reached_by_loss_at(kStart + 20s));
}

}  // namespace
}  // namespace cs
