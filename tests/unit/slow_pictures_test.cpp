// SPDX-License-Identifier: MIT
// The ladder at low frame rates, over simulated networks: minutes of network time in milliseconds. A frame is then
// large compared with the capacity of the network, and the next one follows much later.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <tuple>
#include <utility>
#include <vector>

#include "congestion/network_estimate.hpp"
#include "congestion/network_monitor.hpp"
#include "ladder/adaptation.hpp"
#include "ladder/ladder.hpp"
#include "net/one_way.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);
constexpr std::chrono::microseconds kTheirClock = 77h;  // offset from the server's clock
constexpr std::size_t kPacketBytes = 1150;
constexpr int kCeiling = 4000;  // kbit/s

/// One viewer of an adaptive stream, and a peer that sends feedback as Chromium does.
class Simulation {
 public:
  Simulation(int fps, const LinkSettings& link)
      : ladder_(make_ladder({{1280, 720}, fps}, kCeiling, 150)), way_(5), fps_(fps), adaptation_({ladder_}) {
    for (const Rung& rung : ladder_) kbps_.push_back(rung.most_kbps);
    set(link);
  }

  void set(const LinkSettings& link) { way_.set(link); }

  void run(std::chrono::milliseconds length) {
    for (const TimePoint end = now_ + length; now_ < end; now_ += 1ms, ++tick_) step();
  }
  /// Returns the time needed; at most two minutes.
  Clock::duration run_until_full() {
    return run_until([this] { return rung_ == 0; });
  }
  Clock::duration run_until_below_full() {
    return run_until([this] { return rung_ > 0; });
  }

  int moves = 0;
  int slow_samples = 0;  // samples in which the network was too slow for the stream

 private:
  template <typename Condition>
  Clock::duration run_until(Condition condition) {
    const TimePoint began = now_;
    while (!condition() && now_ < began + 2min) run(1ms);
    return now_ - began;
  }
  void step() {
    if (tick_ % (1000 / fps_) == 0) {
      const bool may_send = monitor_->may_send(now_);
      if (may_send) put_frame();
      is_key_ = !may_send;
    }
    while (const auto packet = way_.take(now_)) arrive(*packet);
    if (tick_ % 100 == 99 && !received_.empty()) reports_.emplace(now_ + 10ms, std::exchange(received_, {}));
    while (!reports_.empty() && reports_.begin()->first <= now_) {
      monitor_->heard(reports_.begin()->second, now_);
      reports_.erase(reports_.begin());
    }
    if (tick_ % 200 == 150) adapt();
  }
  void adapt() {
    estimate_.sent(bytes_, now_);
    slow_samples += monitor_->is_slow(now_) ? 1 : 0;
    Watching viewer{.viewer = 1, .rung = rung_, .next = rung_, .sending = estimate_.sending()};
    viewer.is_crowded = estimate_.is_crowded();
    viewer.carries = estimate_.carries();
    viewer.limited_at = estimate_.limited_at();
    const auto [changes, rates] = adaptation_.update({viewer}, now_);
    for (const auto& rate : rates) kbps_[rate.rung] = rate.kbps;
    for (const auto& move : changes) {
      rung_ = move.rung;
      is_key_ = true;
      ++moves;
    }
  }
  void put_frame() {
    constexpr double kScene = 400'000;  // bits of a frame at full quality
    const double most = kbps_[rung_] * 1000.0 / fps_;
    const double bits = std::min(most, kScene / (1 << rung_)) * (is_key_ ? 1.5 : 1);
    auto bytes = static_cast<std::size_t>(bits / 8);
    const auto packets = static_cast<std::uint16_t>((bytes + kPacketBytes - 1) / kPacketBytes);
    monitor_->sent(sequence_, packets, static_cast<std::int64_t>(bytes), now_);
    bytes_ += static_cast<std::int64_t>(bytes);
    for (; bytes > 0; ++sequence_) {
      OneWay::Packet packet(std::clamp(bytes, sizeof sequence_, kPacketBytes));
      bytes -= std::min(bytes, packet.size());
      packet[0] = static_cast<std::byte>(sequence_ >> 8U);
      packet[1] = static_cast<std::byte>(sequence_ & 0xffU);
      way_.put(now_, std::move(packet));
    }
  }
  void arrive(const OneWay::Packet& packet) {
    const auto sequence =
        static_cast<std::uint16_t>(static_cast<unsigned>(packet[0]) << 8U | static_cast<unsigned>(packet[1]));
    received_.push_back(
        {sequence, std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()) + kTheirClock});
  }

  const std::vector<Rung> ladder_;
  std::vector<int> kbps_;
  OneWay way_;
  const int fps_;
  Adaptation adaptation_;
  const std::shared_ptr<NetworkMonitor> monitor_ = std::make_shared<NetworkMonitor>();
  NetworkEstimate estimate_{monitor_};
  TimePoint now_ = kStart;
  int tick_ = 0;
  std::size_t rung_ = 0;
  bool is_key_ = true;  // the next frame is a keyframe
  std::uint16_t sequence_ = 0;
  std::int64_t bytes_ = 0;
  std::vector<Received> received_;
  std::multimap<TimePoint, std::vector<Received>> reports_;
};

LinkSettings link(double rate) {
  return {.rate = rate,
          .queue_bytes = static_cast<std::size_t>(std::max(64e3, rate / 8 * 0.3)),
          .delay = 10ms,
          .jitter = 3ms};
}

/// Each frame rate over each link (Mbit/s). All links carry the full rung.
class SlowPictures : public testing::TestWithParam<std::tuple<int, double>> {
 protected:
  const LinkSettings wide = link(1e6 * std::get<1>(GetParam()));
  Simulation simulation{std::get<0>(GetParam()), wide};
};

TEST_P(SlowPictures, StayOnTheFullRungIfTheNetworkCarriesIt) {
  simulation.run(2min);
  EXPECT_EQ(simulation.moves, 0);
  EXPECT_EQ(simulation.slow_samples, 0);
}

TEST_P(SlowPictures, MoveDownOnASlowNetworkAndBackUpSoonAfterIt) {
  simulation.run(20s);
  simulation.set(link(300e3));
  EXPECT_LT(simulation.run_until_below_full(), 8s);
  simulation.run(20s);
  const int before = simulation.moves;
  simulation.set(wide);
  EXPECT_LT(simulation.run_until_full(), 15s);
  EXPECT_LE(simulation.moves - before, 2);
  const int then = simulation.moves;
  simulation.run(1min);
  EXPECT_EQ(simulation.moves, then);
}

INSTANTIATE_TEST_SUITE_P(Each, SlowPictures,
                         testing::Combine(testing::Values(1, 2, 5, 10, 30), testing::Values(2, 5, 20)));

}  // namespace
}  // namespace cs
