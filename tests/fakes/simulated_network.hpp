// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "congestion/bandwidth_estimator.hpp"
#include "cubestream/clock.hpp"
#include "net/one_way.hpp"

/// A simulated network in which senders follow their bandwidth estimates. It has its own clock: minutes of simulated
/// time take milliseconds.
namespace cs::simulated {

using namespace std::chrono_literals;

inline const TimePoint kStart = TimePoint(1000h);
constexpr std::chrono::microseconds kTheirClock = 77h;  // offset of the peers' clock
constexpr double kCeiling = 4e6;                        // bit/s
constexpr std::size_t kPacketBytes = 1200;
constexpr std::size_t kHeaderBytes = 40;
constexpr auto kPictureEvery = 33'333us;
constexpr auto kFeedbackEvery = 50ms;

/// A sender that follows its bandwidth estimate, and the peer that sends feedback.
struct Flow {
  struct Sent {
    TimePoint at;
    int bytes;
  };
  explicit Flow(double first = 2.5e6) : estimator({.least = 50e3, .most = 200e6, .first = first}) {}

  BandwidthEstimator estimator;
  std::vector<Sent> sent;                                     // indexed by packet number
  std::vector<std::pair<std::size_t, TimePoint>> unreported;  // number and arrival time, in order of arrival
  std::size_t reported = 0;                                   // all numbers below this are reported
  TimePoint next_picture = kStart;
  std::int64_t bytes_arrived = 0;
  std::optional<double> fixed;  // fixed send rate, bit/s; ignores the estimate

  [[nodiscard]] double target() const {
    if (fixed) return *fixed;
    return std::min(kCeiling, estimator.rate().value_or(2.5e6));
  }
};

/// Several flows that share one bottleneck.
class Network {
 public:
  explicit Network(int flows = 1, std::uint64_t seed = 7) : link_(seed), flows_(static_cast<std::size_t>(flows)) {
    for (std::size_t i = 0; i < flows_.size(); ++i) flows_[i].next_picture += i * 11ms;
  }

  void set(const LinkSettings& settings) { link_.set(settings); }
  void cross_traffic(double rate) { cross_ = rate; }
  [[nodiscard]] Flow& flow(std::size_t i = 0) { return flows_[i]; }
  [[nodiscard]] TimePoint now() const { return now_; }

  /// Measurements of one run().
  struct Seen {
    std::vector<double> rates;  // received bit/s of each flow
    double delay_p95_ms = 0;    // queue delay of packets
    double sending = 0;         // bit/s, sum of the flows' target rates at the end
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

  /// Sends feedback as a browser does: packets received since the last report, in order of their numbers.
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

}  // namespace cs::simulated
