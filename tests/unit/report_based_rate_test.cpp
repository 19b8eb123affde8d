// SPDX-License-Identifier: MIT
#include "congestion/report_based_rate.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <optional>

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr double kMbit = 1e6;

/// Sends one report per second.
struct Reports {
  ReportBasedRate rate;
  TimePoint now = TimePoint(1000h);

  void hear(int times, double loss, std::optional<std::chrono::duration<double>> round_trip, double sending) {
    for (; times > 0; --times, now += 1s) rate.heard(loss, round_trip, sending, now);
  }
};

TEST(ReportBasedRate, HasNoRateForAPathWithoutALimit) {
  Reports reports;
  reports.hear(10, 0.01, 40ms, 2 * kMbit);
  EXPECT_FALSE(reports.rate.rate());
  EXPECT_FALSE(reports.rate.limited_at());
  EXPECT_FALSE(reports.rate.is_crowded());
}

TEST(ReportBasedRate, HeavyLossLowersTheRate) {
  Reports reports;
  reports.hear(2, 0.2, std::nullopt, 2 * kMbit);
  EXPECT_NEAR(reports.rate.rate().value(), 1.8 * kMbit, 0.01 * kMbit);
  EXPECT_TRUE(reports.rate.limited_at());
  reports.hear(1, 0.05, std::nullopt, 1.8 * kMbit);
  EXPECT_NEAR(reports.rate.rate().value(), 1.8 * kMbit, 0.01 * kMbit) << "moderate loss changes nothing";
}

TEST(ReportBasedRate, IgnoresLossThatDoesNotDependOnTheSendRate) {
  Reports reports;
  double least = 2 * kMbit;
  for (int i = 0; i < 120; ++i) {
    const double sending = std::min(2 * kMbit, reports.rate.rate().value_or(2 * kMbit));
    if (i > 30) least = std::min(least, sending);
    reports.hear(1, 0.12, 40ms, sending);
  }
  EXPECT_GT(least, 1.5 * kMbit);
}

TEST(ReportBasedRate, LongerRoundTripIsTakenForAQueue) {
  Reports reports;
  reports.hear(3, 0, 40ms, 2 * kMbit);
  reports.hear(1, 0, 250ms, 2 * kMbit);
  EXPECT_DOUBLE_EQ(reports.rate.rate().value(), 1.7 * kMbit);
  EXPECT_TRUE(reports.rate.is_crowded());
  reports.hear(1, 0, 50ms, 1.7 * kMbit);
  EXPECT_FALSE(reports.rate.is_crowded());
  Reports longer;
  longer.hear(40, 0, 250ms, 2 * kMbit);
  EXPECT_FALSE(longer.rate.rate()) << "the base round trip is that long";
}

TEST(ReportBasedRate, RisesAgainButNotFarAboveTheSendRate) {
  Reports reports;
  reports.hear(2, 0.5, std::nullopt, 2 * kMbit);
  ASSERT_DOUBLE_EQ(reports.rate.rate().value(), 1.5 * kMbit);
  reports.hear(3, 0, std::nullopt, 1.5 * kMbit);
  EXPECT_NEAR(reports.rate.rate().value(), 2 * kMbit, 0.01 * kMbit);
  reports.hear(60, 0, std::nullopt, 1.5 * kMbit);
  EXPECT_NEAR(reports.rate.rate().value(), 3 * kMbit, 0.01 * kMbit);
}

TEST(ReportBasedRate, HasAMinimum) {
  Reports reports;
  reports.hear(100, 1, 2s, 10'000);
  EXPECT_DOUBLE_EQ(reports.rate.rate().value(), 50'000);
}

}  // namespace
}  // namespace cs
