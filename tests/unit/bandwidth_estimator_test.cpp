// SPDX-License-Identifier: MIT
// The estimator in simulated networks: minutes of them in milliseconds.
#include "congestion/bandwidth_estimator.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "net/one_way.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);
constexpr std::chrono::microseconds kTheirClock = 77h;  // minus ours
constexpr double kCeiling = 4e6;                        // bit/s
constexpr std::size_t kPacketBytes = 1200;
constexpr std::size_t kHeaderBytes = 40;
constexpr auto kPictureEvery = 33'333us;
constexpr auto kFeedbackEvery = 50ms;

/// A sender that follows its estimate, and the peer that reports to it.
struct Flow {
  struct Sent {
    TimePoint at;
    int bytes;
  };
  explicit Flow(double first = 2.5e6) : estimator({.least = 50e3, .most = 200e6, .first = first}) {}

  BandwidthEstimator estimator;
  std::vector<Sent> sent;                                     // by number
  std::vector<std::pair<std::size_t, TimePoint>> unreported;  // as they came
  std::size_t reported = 0;                                   // numbers below this one
  TimePoint next_picture = kStart;
  std::int64_t bytes_arrived = 0;
  std::optional<double> fixed;  // what it sends, whatever is carried

  [[nodiscard]] double target() const {
    if (fixed) return *fixed;
    return std::min(kCeiling, estimator.rate().value_or(2.5e6));
  }
};

/// Flows through one bottleneck.
class Network {
 public:
  explicit Network(int flows = 1, std::uint64_t seed = 7) : link_(seed), flows_(static_cast<std::size_t>(flows)) {
    for (std::size_t i = 0; i < flows_.size(); ++i) flows_[i].next_picture += i * 11ms;
  }

  void set(const LinkSettings& settings) { link_.set(settings); }
  void cross_traffic(double rate) { cross_ = rate; }
  [[nodiscard]] Flow& flow(std::size_t i = 0) { return flows_[i]; }
  [[nodiscard]] TimePoint now() const { return now_; }

  /// What happened in a span of time.
  struct Seen {
    std::vector<double> rates;  // of the flows, bit/s that arrived
    double delay_p95_ms = 0;    // that packets waited in the queue
    double sending = 0;         // bit/s, of all flows, what they want at the end
  };

  Seen run(std::chrono::milliseconds time) {
    std::vector<std::int64_t> before;
    for (const Flow& flow : flows_) before.push_back(flow.bytes_arrived);
    waits_.clear();
    const TimePoint end = now_ + time;
    for (; now_ < end; now_ += 1ms) step();
    Seen seen;
    const double seconds = std::chrono::duration<double>(time).count();
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      seen.rates.push_back(8 * static_cast<double>(flows_[i].bytes_arrived - before[i]) / seconds);
      seen.sending += flows_[i].target();
    }
    std::ranges::sort(waits_);
    if (!waits_.empty()) seen.delay_p95_ms = waits_[waits_.size() * 95 / 100];
    return seen;
  }

 private:
  struct Head {
    std::size_t flow;
    std::size_t number;
    TimePoint at;
  };

  void step() {
    for (std::size_t i = 0; i < flows_.size(); ++i) {
      Flow& flow = flows_[i];
      if (now_ < flow.next_picture) continue;
      flow.next_picture += kPictureEvery;
      double bytes = flow.target() / 8 * std::chrono::duration<double>(kPictureEvery).count();
      for (; bytes > 0; bytes -= static_cast<double>(kPacketBytes)) {
        const auto size = static_cast<std::size_t>(std::clamp(bytes, 100.0, static_cast<double>(kPacketBytes)));
        flow.sent.push_back({now_, static_cast<int>(size)});
        put({i, flow.sent.size() - 1, now_}, size);
      }
    }
    for (cross_due_ += cross_ / 8 / 1000; cross_due_ >= kPacketBytes; cross_due_ -= kPacketBytes)
      put({flows_.size(), 0, now_}, kPacketBytes);
    while (auto packet = link_.take(now_)) {
      Head head{};
      std::memcpy(&head, packet->data(), sizeof head);
      waits_.push_back(std::chrono::duration<double, std::milli>(now_ - head.at - link_.settings().delay).count());
      if (head.flow == flows_.size()) continue;
      flows_[head.flow].unreported.emplace_back(head.number, now_);
      flows_[head.flow].bytes_arrived += flows_[head.flow].sent[head.number].bytes;
    }
    if ((now_ - kStart) % kFeedbackEvery == 0ns)
      for (Flow& flow : flows_) report(flow);
    while (!reports_.empty() && reports_.begin()->first <= now_) {
      reports_.begin()->second();
      reports_.erase(reports_.begin());
    }
  }

  void put(const Head& head, std::size_t size) {
    OneWay::Packet packet(size + kHeaderBytes);
    std::memcpy(packet.data(), &head, sizeof head);
    link_.put(now_, std::move(packet));
  }

  /// As a browser does: what came since the last time, in the order of the numbers.
  void report(Flow& flow) {
    if (flow.unreported.empty()) return;
    std::ranges::sort(flow.unreported);
    std::vector<PacketReport> packets;
    for (const auto& [number, at] : flow.unreported)
      packets.push_back({flow.sent[number].at,
                         std::chrono::duration_cast<std::chrono::microseconds>(at.time_since_epoch()) + kTheirClock,
                         flow.sent[number].bytes});
    const std::size_t last = flow.unreported.back().first + 1;
    const auto in_order = static_cast<std::size_t>(
        std::ranges::count_if(flow.unreported, [&](const auto& one) { return one.first >= flow.reported; }));
    const int lost = last > flow.reported ? static_cast<int>(last - flow.reported - in_order) : 0;
    flow.reported = std::max(flow.reported, last);
    flow.unreported.clear();
    reports_.emplace(now_ + link_.settings().delay,
                     [&flow, this, packets = std::move(packets), lost] { flow.estimator.heard(packets, lost, now_); });
  }

  TimePoint now_ = kStart;
  OneWay link_;
  std::vector<Flow> flows_;
  double cross_ = 0;
  double cross_due_ = 0;
  std::vector<double> waits_;
  std::multimap<TimePoint, std::function<void()>> reports_;
};

LinkSettings link(double rate, std::chrono::milliseconds delay = 20ms) {
  return {.rate = rate, .queue_bytes = 250'000, .delay = delay};
}

TEST(Bandwidth, OfNoReportThereIsNoEstimate) {
  BandwidthEstimator estimator({});
  EXPECT_FALSE(estimator.rate());
}

TEST(Bandwidth, WhatArrivesFromTheBeginningIsCarried) {
  BandwidthEstimator estimator({.least = 50e3, .most = 200e6, .first = 300e3});
  std::vector<PacketReport> packets;
  for (int i = 0; i < 300; ++i)  // 3 Mbit/s
    packets.push_back({kStart + i * 3200us, kTheirClock + i * 3200us, 1200});
  estimator.heard(packets, 0, kStart + 1s);
  estimator.heard({}, 0, kStart + 1100ms);
  EXPECT_NEAR(estimator.rate().value(), 3e6, 0.1e6) << "though the first guess was a tenth of that";
}

TEST(Bandwidth, ASteadyLinkIsUsedWithoutFillingItsQueue) {
  Network network;
  network.set(link(2e6));
  network.run(20s);
  const auto seen = network.run(40s);
  EXPECT_GT(seen.rates[0], 0.8 * 2e6);
  EXPECT_LT(seen.delay_p95_ms, 60);
}

TEST(Bandwidth, WhatIsNotSentProvesNothing) {
  Network network;
  network.set(link(100e6));
  network.run(60s);
  const double estimate = network.flow().estimator.rate().value();
  EXPECT_GE(estimate, kCeiling);
  EXPECT_LT(estimate, 1.6 * kCeiling);
}

TEST(Bandwidth, ALinkThatFallsIsFollowedWithinTwoSecondsAndOneThatRisesWithinTwenty) {
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

TEST(Bandwidth, AQueueThatOverflowsSaysNoLessThanWhatComesThrough) {
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

TEST(Bandwidth, AVerySlowLinkIsFoundOutAsWell) {
  Network network;
  network.set(link(300e3));
  network.run(20s);
  const auto seen = network.run(40s);
  EXPECT_GT(seen.rates[0], 0.6 * 300e3);
  EXPECT_LT(seen.rates[0], 300e3);
}

TEST(Bandwidth, WhoBeginsToSendMoreIsBelievedThatItArrives) {
  Network network;
  network.set(link(200e3));
  network.run(20s);  // until queues have been seen
  network.set(link(100e6));
  network.flow().fixed = 100e3;
  network.run(5s);
  network.flow().fixed = 700e3;
  network.run(2s);
  const double estimate = network.flow().estimator.rate().value();
  EXPECT_GT(estimate, 0.75 * 700e3);
  EXPECT_LT(estimate, 1.6 * 700e3);
}

TEST(Bandwidth, SomeLossAloneIsNoReasonToStarve) {
  for (const double loss : {0.01, 0.05}) {
    Network network;
    LinkSettings lossy = link(100e6);
    lossy.loss = loss;
    network.set(lossy);
    network.run(30s);
    EXPECT_GT(network.run(20s).sending, 0.95 * kCeiling) << loss;
  }
}

TEST(Bandwidth, LossThatStaysWhenLessIsSentIsNotOurs) {
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
    EXPECT_LT(network.run(10s).sending, 2.1e6) << "a limit is seen as ever";
  }
}

TEST(Bandwidth, LossWithoutAQueueThatFollowsTheRateIsOurs) {
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

TEST(Bandwidth, MuchLossLowersTheRate) {
  Network network;
  LinkSettings lossy = link(100e6);
  lossy.loss = 0.3;
  network.set(lossy);
  network.run(20s);
  EXPECT_LT(network.run(5s).sending, 1e6);
}

TEST(Bandwidth, JitterAndReorderingAreNoQueue) {
  Network network;
  LinkSettings shaky = link(100e6, 50ms);
  shaky.jitter = 15ms;
  shaky.reorder = 0.05;
  network.set(shaky);
  network.run(30s);
  EXPECT_GT(network.run(20s).rates[0], 0.8 * kCeiling);
}

TEST(Bandwidth, TwoFlowsShareALink) {
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

TEST(Bandwidth, OthersTrafficIsMadeRoomForAndItsRoomTakenAfterwards) {
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
