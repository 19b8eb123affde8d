// SPDX-License-Identifier: MIT
// The estimator in simulated networks: minutes of network time in milliseconds.
#include "congestion/bandwidth_estimator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "fakes/simulated_network.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using simulated::kCeiling;
using simulated::kStart;
using simulated::kTheirClock;
using simulated::Network;

LinkSettings link(double rate, std::chrono::milliseconds delay = 20ms) {
  return {.rate = rate, .queue_bytes = 250'000, .delay = delay};
}

TEST(Bandwidth, NoEstimateWithoutAReport) {
  BandwidthEstimator estimator({});
  EXPECT_FALSE(estimator.rate());
}

TEST(Bandwidth, FirstReportRaisesTheEstimateToTheArrivalRate) {
  BandwidthEstimator estimator({.least = 50e3, .most = 200e6, .first = 300e3});
  std::vector<PacketReport> packets;
  for (int i = 0; i < 300; ++i)  // 3 Mbit/s
    packets.push_back({kStart + i * 3200us, kTheirClock + i * 3200us, 1200});
  estimator.heard(packets, 0, kStart + 1s);
  estimator.heard({}, 0, kStart + 1100ms);
  EXPECT_NEAR(estimator.rate().value(), 3e6, 0.1e6) << "although the initial estimate was a tenth of it";
}

TEST(Bandwidth, UsesASteadyLinkWithoutFillingItsQueue) {
  Network network;
  network.set(link(2e6));
  network.run(20s);
  const auto seen = network.run(40s);
  EXPECT_GT(seen.rates[0], 0.8 * 2e6);
  EXPECT_LT(seen.delay_p95_ms, 60);
}

TEST(Bandwidth, EstimateIsCappedRelativeToTheSendRate) {
  Network network;
  network.set(link(100e6));
  network.run(60s);
  const double estimate = network.flow().estimator.rate().value();
  EXPECT_GE(estimate, kCeiling);
  EXPECT_LT(estimate, 1.6 * kCeiling);
}

TEST(Bandwidth, FollowsAFallWithinTwoSecondsAndARiseWithinTwenty) {
  Network network;
  network.set(link(6e6));
  const double former = network.run(30s).rates[0];
  network.set(link(2e6));
  const auto soon = network.run(2s);
  EXPECT_LT(soon.sending, 2e6);
  network.run(3s);
  const auto later = network.run(20s);
  EXPECT_LT(later.delay_p95_ms, 60);
  network.set(link(6e6));
  network.run(20s);
  EXPECT_GT(network.run(2s).rates[0], 0.9 * former);
}

TEST(Bandwidth, OverflowingQueueDoesNotPushTheRateFarBelowTheLink) {
  for (const double rate : {1.5e6, 800e3, 400e3}) {
    Network network;
    network.set(link(6e6));
    network.run(30s);
    LinkSettings less = link(rate);
    less.queue_bytes = 30'000;
    network.set(less);
    network.run(2s);
    EXPECT_GT(network.run(3s).sending, 0.6 * rate) << rate;
    EXPECT_GT(network.run(10s).rates[0], 0.75 * rate) << rate;
  }
}

TEST(Bandwidth, FindsTheRateOfAVerySlowLink) {
  Network network;
  network.set(link(300e3));
  network.run(20s);
  const auto seen = network.run(40s);
  EXPECT_GT(seen.rates[0], 0.6 * 300e3);
  EXPECT_LT(seen.rates[0], 300e3);
}

TEST(Bandwidth, HigherSendRateThatArrivesRaisesTheEstimate) {
  Network network;
  network.set(link(200e3));
  network.run(20s);  // until queues have formed
  network.set(link(100e6));
  network.flow().fixed = 100e3;
  network.run(5s);
  network.flow().fixed = 700e3;
  network.run(2s);
  const double estimate = network.flow().estimator.rate().value();
  EXPECT_GT(estimate, 0.75 * 700e3);
  EXPECT_LT(estimate, 1.6 * 700e3);
}

TEST(Bandwidth, KeepsTheRateUnderModerateLoss) {
  for (const double loss : {0.01, 0.05}) {
    Network network;
    LinkSettings lossy = link(100e6);
    lossy.loss = loss;
    network.set(lossy);
    network.run(30s);
    EXPECT_GT(network.run(20s).sending, 0.95 * kCeiling) << loss;
  }
}

TEST(Bandwidth, IgnoresLossThatDoesNotDependOnTheSendRate) {
  for (const double loss : {0.1, 0.15}) {
    Network network;
    LinkSettings lossy = link(100e6);
    lossy.loss = loss;
    network.set(lossy);
    network.run(40s);
    double least = kCeiling;
    for (int i = 0; i < 60; ++i) least = std::min(least, network.run(1s).sending);
    EXPECT_GT(least, 0.75 * kCeiling) << loss;
    network.set(link(2e6));
    network.run(5s);
    EXPECT_LT(network.run(10s).sending, 2.1e6) << "a later limit is still detected";
  }
}

TEST(Bandwidth, LowersTheRateForLossThatDependsOnTheSendRate) {
  for (const double loss : {0.0, 0.1}) {
    Network network;
    network.set(link(100e6));
    network.run(20s);
    LinkSettings policed = link(2e6);
    policed.queue_bytes = 12'000;
    policed.loss = loss;
    network.set(policed);
    network.run(20s);
    const auto seen = network.run(40s);
    EXPECT_LT(seen.sending, 2.4e6) << loss;
    EXPECT_GT(seen.rates[0], 0.6 * 2e6) << loss;
  }
}

TEST(Bandwidth, RateRecoversSoonAfterAnOverflowingQueueIsGone) {
  Network network;
  network.set(link(100e6));
  network.run(20s);
  LinkSettings less = link(300e3);
  less.queue_bytes = 20'000;
  network.set(less);
  ASSERT_LT(network.run(15s).sending, 600e3);
  network.set(link(100e6));
  network.run(13s);
  EXPECT_GT(network.run(2s).sending, 0.9 * kCeiling);
}

TEST(Bandwidth, HeavyLossLowersTheRate) {
  Network network;
  LinkSettings lossy = link(100e6);
  lossy.loss = 0.3;
  network.set(lossy);
  network.run(20s);
  EXPECT_LT(network.run(5s).sending, 1e6);
}

TEST(Bandwidth, JitterAndReorderingAreNotTakenForAQueue) {
  Network network;
  LinkSettings shaky = link(100e6, 50ms);
  shaky.jitter = 15ms;
  shaky.reorder = 0.05;
  network.set(shaky);
  network.run(30s);
  EXPECT_GT(network.run(20s).rates[0], 0.8 * kCeiling);
}

TEST(Bandwidth, LongerPathIsNotTakenForAQueue) {
  for (const auto longer : {50ms, 70ms, 150ms}) {
    Network network;
    network.set(link(100e6));
    network.run(30s);
    network.set(link(100e6, 20ms + longer));
    network.run(3s);
    double least = kCeiling;
    for (int i = 0; i < 20; ++i) least = std::min(least, network.run(500ms).sending);
    EXPECT_GT(least, 0.8 * kCeiling) << longer.count();
    network.set(link(2e6, 20ms + longer));
    network.run(5s);
    const auto seen = network.run(20s);
    EXPECT_LT(seen.sending, 2.1e6) << longer.count();
    EXPECT_LT(seen.delay_p95_ms, 70) << longer.count();
  }
}

TEST(Bandwidth, TwoFlowsShareALinkFairly) {
  Network network(2);
  network.set(link(4e6));
  network.run(20s);
  const auto seen = network.run(40s);
  const double all = seen.rates[0] + seen.rates[1];
  for (const double rate : seen.rates) {
    EXPECT_GT(rate, 0.35 * all);
    EXPECT_LT(rate, 0.65 * all);
  }
  EXPECT_GT(all, 0.75 * 4e6);
  EXPECT_LT(seen.delay_p95_ms, 80);
}

TEST(Bandwidth, YieldsToCrossTrafficAndRecoversAfterIt) {
  Network network;
  network.set(link(4e6));
  network.run(20s);
  network.cross_traffic(2e6);
  network.run(20s);
  const auto beside = network.run(20s);
  EXPECT_LT(beside.rates[0], 2e6);
  EXPECT_GT(beside.rates[0], 1e6);
  EXPECT_LT(beside.delay_p95_ms, 100);
  network.cross_traffic(0);
  network.run(20s);
  EXPECT_GT(network.run(5s).rates[0], 0.75 * 4e6);
}

}  // namespace
}  // namespace cs
