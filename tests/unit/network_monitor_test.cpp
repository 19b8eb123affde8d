// SPDX-License-Identifier: MIT
#include "congestion/network_monitor.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "net/one_way.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);
constexpr std::chrono::microseconds kTheirClock = 77h;  // offset from the server's clock

/// A stream over a simulated link to a peer that reports every 100 ms.
class Watching {
 public:
  explicit Watching(const LinkSettings& settings) : way_(1) { set(settings); }

  void set(const LinkSettings& settings) { way_.set(settings); }

  /// Sends a frame of nine packets (`usual`) every 33 ms, 2.5 Mbit/s in all, while the monitor allows it. The first
  /// frame, and the first after a pause, is a keyframe of `keyframe` packets.
  void run(std::chrono::milliseconds length) {
    for (const TimePoint end = now_ + length; now_ < end; now_ += 1ms) {
      if (tick_ % 33 == 0) {
        const bool may_send = monitor.may_send(now_);
        if (may_send) put_frame(static_cast<std::uint16_t>(was_sent_ ? usual : keyframe));
        was_sent_ = may_send;
      }
      while (const auto packet = way_.take(now_)) arrive(*packet);
      if (tick_ % 100 == 99) report();
      ++tick_;
    }
  }

  NetworkMonitor monitor;
  int keyframe = 9;
  int usual = 9;
  int frames = 0;
  std::chrono::nanoseconds oldest{0};  // oldest packet on arrival

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] bool is_slow() { return monitor.is_slow(now_); }

 private:
  void put_frame(std::uint16_t packets) {
    ++frames;
    monitor.sent(sequence_, packets, packets * 1150, now_);
    for (int i = 0; i < packets; ++i) put();
  }
  void put() {
    sent_[sequence_] = now_;
    OneWay::Packet packet(1150);
    packet[0] = static_cast<std::byte>(sequence_ >> 8U);
    packet[1] = static_cast<std::byte>(sequence_ & 0xffU);
    way_.put(now_, std::move(packet));
    ++sequence_;
  }
  void arrive(const OneWay::Packet& packet) {
    const auto sequence =
        static_cast<std::uint16_t>(static_cast<unsigned>(packet[0]) << 8U | static_cast<unsigned>(packet[1]));
    oldest = std::max<std::chrono::nanoseconds>(oldest, now_ - sent_.at(sequence));
    const auto theirs = std::chrono::duration_cast<std::chrono::microseconds>(now_.time_since_epoch()) + kTheirClock;
    received_.push_back({sequence, theirs});
  }
  void report() {
    monitor.heard(received_, now_);
    received_.clear();
  }

  OneWay way_;
  TimePoint now_ = kStart;
  int tick_ = 0;
  bool was_sent_ = false;
  std::uint16_t sequence_ = 65'000;
  std::map<std::uint16_t, TimePoint> sent_;
  std::vector<Received> received_;
};

TEST(NetworkMonitor, NeverPausesOnAGoodNetwork) {
  Watching watching({.rate = 20e6, .delay = 25ms, .jitter = 30ms, .loss = 0.05, .reorder = 0.05});
  watching.run(20s);
  EXPECT_EQ(watching.frames, 607);
  EXPECT_FALSE(watching.is_slow());
}

TEST(NetworkMonitor, DoesNotPauseForLossAlone) {
  Watching watching({.delay = 20ms, .loss = 0.2});
  watching.run(20s);
  EXPECT_EQ(watching.frames, 607);
}

TEST(NetworkMonitor, BoundsTheQueueingDelayOnASlowNetwork) {
  Watching watching({.rate = 1.5e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.run(20s);
  EXPECT_TRUE(watching.is_slow());
  EXPECT_LT(watching.oldest, 350ms);
  EXPECT_GT(watching.frames, 100);
  EXPECT_LT(watching.frames, 300);
}

TEST(NetworkMonitor, PausesSoonAfterAFallDespiteEarlierLargeFrames) {
  Watching watching({.rate = 20e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.keyframe = 30;  // takes longer than kMaxThreshold at 0.6 Mbit/s, 110 ms at the former rate of the stream
  watching.run(8s);
  watching.set({.rate = 600e3, .queue_bytes = 1'000'000, .delay = 10ms});
  const TimePoint began = watching.now();
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  EXPECT_LT(watching.now() - began, 330ms);
}

/// Lowers the link to 600 kbit/s with a queue of 20 kB. Returns the length of the pause that follows.
std::chrono::nanoseconds fall_and_pause(Watching& watching) {
  watching.run(8s);
  watching.set({.rate = 600e3, .queue_bytes = 20'000, .delay = 10ms});
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  const TimePoint began = watching.now();
  while (!watching.monitor.may_send(watching.now())) watching.run(1ms);
  return watching.now() - began;
}

TEST(NetworkMonitor, PauseEndsSoonAfterAFullQueueDroppedTheLastPackets) {
  Watching watching({.rate = 20e6, .queue_bytes = 250'000, .delay = 10ms});
  EXPECT_LT(fall_and_pause(watching), 700ms);  // 270 to drain the queue, 100 to report it, 250 without a report
}

TEST(NetworkMonitor, DropsFromBeforeAPauseDoNotLowerTheEstimateAfterIt) {
  Watching watching({.rate = 20e6, .queue_bytes = 250'000, .delay = 10ms});
  fall_and_pause(watching);
  watching.usual = 1;
  watching.keyframe = 3;
  const double carries = watching.monitor.carries().value();
  EXPECT_GT(carries, 300e3);
  for (int i = 0; i < 30; ++i) {
    watching.run(100ms);
    EXPECT_GT(watching.monitor.carries().value(), 0.99 * carries) << 100 * i << " ms after the pause";
  }
}

TEST(NetworkMonitor, DetectsThatTheNetworkIsFastAgain) {
  Watching watching({.rate = 1.5e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.run(10s);
  ASSERT_TRUE(watching.is_slow());
  watching.set({.delay = 10ms});
  watching.run(7s);
  EXPECT_FALSE(watching.is_slow());
  const int before = watching.frames;
  watching.run(3300ms);
  EXPECT_EQ(watching.frames - before, 100);
}

TEST(NetworkMonitor, DeepQueueIsNotTakenForALongerPath) {
  Watching watching({.rate = 20e6, .queue_bytes = 250'000, .delay = 10ms});
  watching.run(8s);
  watching.set({.rate = 1.2e6, .queue_bytes = 250'000, .delay = 10ms});
  bool found = false;
  for (int i = 0; i < 100; ++i) {
    watching.run(50ms);
    const double carries = watching.monitor.carries().value();
    found = found || carries < 1.6e6;
    EXPECT_TRUE(!found || carries < 1.6e6) << carries << " after " << 50 * i << " ms";
  }
  EXPECT_TRUE(found);
}

TEST(NetworkMonitor, LongerPathIsAcceptedAfterOnePause) {
  Watching watching({.delay = 10ms});
  watching.run(5s);
  watching.set({.delay = 200ms});
  watching.run(1s);
  EXPECT_FALSE(watching.is_slow());
  const int before = watching.frames;
  watching.run(3300ms);
  EXPECT_EQ(watching.frames - before, 100);
}

TEST(NetworkMonitor, SinglePauseDoesNotMeanASlowNetwork) {
  Watching watching({.delay = 10ms});
  watching.run(5s);
  watching.set({.delay = 200ms});
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  EXPECT_FALSE(watching.is_slow());
}

TEST(NetworkMonitor, ReportsOnceThatASilentPeerIsBack) {
  NetworkMonitor monitor;
  EXPECT_FALSE(monitor.has_returned());
  monitor.heard({}, kStart);
  monitor.heard({}, kStart + 900ms);
  EXPECT_FALSE(monitor.has_returned());
  monitor.heard({}, kStart + 3s);
  EXPECT_TRUE(monitor.has_returned());
  EXPECT_FALSE(monitor.has_returned());
}

TEST(NetworkMonitor, EstimatesTheCapacityOfTheNetwork) {
  Watching wide({.rate = 100e6, .queue_bytes = 250'000, .delay = 20ms});
  EXPECT_EQ(wide.monitor.carries(), std::nullopt);
  wide.run(20s);
  EXPECT_GT(wide.monitor.carries().value(), 2.5e6);
  Watching narrow({.rate = 1.2e6, .queue_bytes = 250'000, .delay = 20ms});
  narrow.run(20s);
  EXPECT_GT(narrow.monitor.carries().value(), 0.75 * 1.2e6);
  EXPECT_LT(narrow.monitor.carries().value(), 1.1 * 1.2e6);
}

TEST(NetworkMonitor, PacketsFromBeforeAPauseAreNotRetransmitted) {
  NetworkMonitor monitor;
  TimePoint now = kStart;
  std::uint16_t next = 100;
  const auto frame = [&](std::chrono::milliseconds waits) {
    monitor.sent(next, 1, 1150, now);
    const auto arrival = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()) + kTheirClock;
    monitor.heard(std::vector<Received>{{next, arrival + waits}}, now + 20ms + waits);
    ++next;
    now += 33ms;
  };
  for (int i = 0; i < 20; ++i) frame(0ms);
  EXPECT_TRUE(monitor.is_of_use(105));
  frame(150ms);
  monitor.sent(next++, 1, 1150, now);  // still in flight
  EXPECT_FALSE(monitor.may_send(now));
  EXPECT_FALSE(monitor.is_of_use(105));
  now += 2s;
  ASSERT_TRUE(monitor.may_send(now));
  const std::uint16_t first = next;
  frame(0ms);
  EXPECT_FALSE(monitor.is_of_use(105));
  EXPECT_FALSE(monitor.is_of_use(static_cast<std::uint16_t>(first - 1)));
  EXPECT_TRUE(monitor.is_of_use(first));
  for (int i = 0; i < 40'000; ++i) frame(0ms);
  EXPECT_TRUE(monitor.is_of_use(static_cast<std::uint16_t>(next - 1)))
      << "after the sequence numbers have wrapped around";
}

TEST(NetworkMonitor, CallsBackWhenTheCapacityFalls) {
  Watching watching({.rate = 100e6, .queue_bytes = 250'000, .delay = 20ms});
  int calls = 0;
  watching.monitor.on_limited([&] { ++calls; });
  watching.run(5s);
  EXPECT_EQ(calls, 0);
  EXPECT_EQ(watching.monitor.limited_at(), std::nullopt);
  watching.set({.rate = 1.2e6, .queue_bytes = 250'000, .delay = 20ms});
  watching.run(1s);
  EXPECT_GT(calls, 0);
  EXPECT_GT(watching.monitor.limited_at(), kStart + 5s);
}

}  // namespace
}  // namespace cs
