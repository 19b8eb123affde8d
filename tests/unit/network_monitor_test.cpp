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
constexpr std::chrono::microseconds kTheirClock = 77h;  // minus ours

/// A stream over a simulated link to a peer that reports each 100 ms.
class Watching {
 public:
  explicit Watching(const LinkSettings& settings) : way_(1) { set(settings); }

  void set(const LinkSettings& settings) { way_.set(settings); }

  /// A picture of nine packets (`usual`) each 33 ms, 2.5 Mbit/s in all, while the gauge lets them go; what comes first
  /// and after a pause is a keyframe of `keyframe` packets.
  void run(std::chrono::milliseconds length) {
    for (const TimePoint end = now_ + length; now_ < end; now_ += 1ms) {
      if (tick_ % 33 == 0) {
        const bool may = monitor.may_send(now_);
        if (may) put_picture(static_cast<std::uint16_t>(goes_on_ ? usual : keyframe));
        goes_on_ = may;
      }
      while (const auto packet = way_.take(now_)) arrive(*packet);
      if (tick_ % 100 == 99) report();
      ++tick_;
    }
  }

  NetworkMonitor monitor;
  int keyframe = 9;
  int usual = 9;
  int pictures = 0;
  std::chrono::nanoseconds oldest{0};  // of the packets that came

  [[nodiscard]] TimePoint now() const { return now_; }
  [[nodiscard]] bool is_slow() { return monitor.is_slow(now_); }

 private:
  void put_picture(std::uint16_t packets) {
    ++pictures;
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
  bool goes_on_ = false;
  std::uint16_t sequence_ = 65'000;
  std::map<std::uint16_t, TimePoint> sent_;
  std::vector<Received> received_;
};

TEST(NetworkMonitor, AGoodNetworkIsNeverPaused) {
  Watching watching({.rate = 20e6, .delay = 25ms, .jitter = 30ms, .loss = 0.05, .reorder = 0.05});
  watching.run(20s);
  EXPECT_EQ(watching.pictures, 607);
  EXPECT_FALSE(watching.is_slow());
}

TEST(NetworkMonitor, LossAloneIsNoReasonToPause) {
  Watching watching({.delay = 20ms, .loss = 0.2});
  watching.run(20s);
  EXPECT_EQ(watching.pictures, 607);
}

TEST(NetworkMonitor, PacketsWaitForABoundedTimeWhereTheNetworkIsTooSlow) {
  Watching watching({.rate = 1.5e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.run(20s);
  EXPECT_TRUE(watching.is_slow());
  EXPECT_LT(watching.oldest, 350ms);
  EXPECT_GT(watching.pictures, 100);
  EXPECT_LT(watching.pictures, 300);
}

TEST(NetworkMonitor, LargePicturesOfAStreamThatHasBecomeTooMuchAreNoReasonToWait) {
  Watching watching({.rate = 20e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.keyframe = 30;  // in 0.6 Mbit/s more than kMostTooLong, in what the stream took until now 110 ms
  watching.run(8s);
  watching.set({.rate = 600e3, .queue_bytes = 1'000'000, .delay = 10ms});
  const TimePoint began = watching.now();
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  EXPECT_LT(watching.now() - began, 330ms);
}

/// A link that falls to 600 kbit/s with a queue of 20 kB, until the gauge has paused and lets pictures go again.
std::chrono::nanoseconds fall_and_pause(Watching& watching) {
  watching.run(8s);
  watching.set({.rate = 600e3, .queue_bytes = 20'000, .delay = 10ms});
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  const TimePoint began = watching.now();
  while (!watching.monitor.may_send(watching.now())) watching.run(1ms);
  return watching.now() - began;
}

TEST(NetworkMonitor, APauseEndsSoonAfterAFullQueueThoughNobodyTellsOfWhatFoundNoRoomInIt) {
  Watching watching({.rate = 20e6, .queue_bytes = 250'000, .delay = 10ms});
  EXPECT_LT(fall_and_pause(watching), 700ms);  // 270 for the queue, 100 for a report of it, 250 without one
}

TEST(NetworkMonitor, WhatAQueueHadNoRoomForSaysNothingAfterThePause) {
  Watching watching({.rate = 20e6, .queue_bytes = 250'000, .delay = 10ms});
  fall_and_pause(watching);
  watching.usual = 1;
  watching.keyframe = 3;
  const double carries = watching.monitor.carries().value();
  EXPECT_GT(carries, 300e3);
  for (int i = 0; i < 30; ++i) {
    watching.run(100ms);
    EXPECT_GT(watching.monitor.carries().value(), 0.99 * carries) << 100 * i << " ms after it";
  }
}

TEST(NetworkMonitor, ANetworkThatIsFastAgainIsFoundOut) {
  Watching watching({.rate = 1.5e6, .queue_bytes = 1'000'000, .delay = 10ms});
  watching.run(10s);
  ASSERT_TRUE(watching.is_slow());
  watching.set({.delay = 10ms});
  watching.run(7s);
  EXPECT_FALSE(watching.is_slow());
  const int before = watching.pictures;
  watching.run(3300ms);
  EXPECT_EQ(watching.pictures - before, 100);
}

TEST(NetworkMonitor, ADeepQueueIsNotTakenForALongerPath) {
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

TEST(NetworkMonitor, ALongerPathIsTakenForTheWayItIsAfterOnePause) {
  Watching watching({.delay = 10ms});
  watching.run(5s);
  watching.set({.delay = 200ms});
  watching.run(1s);
  EXPECT_FALSE(watching.is_slow());
  const int before = watching.pictures;
  watching.run(3300ms);
  EXPECT_EQ(watching.pictures - before, 100);
}

TEST(NetworkMonitor, OnePauseIsNotASlowNetwork) {
  Watching watching({.delay = 10ms});
  watching.run(5s);
  watching.set({.delay = 200ms});
  while (watching.monitor.may_send(watching.now())) watching.run(1ms);
  EXPECT_FALSE(watching.is_slow());
}

TEST(NetworkMonitor, APeerThatWasSilentIsNoticedOnceWhenItIsHeardAgain) {
  NetworkMonitor monitor;
  EXPECT_FALSE(monitor.has_returned());
  monitor.heard({}, kStart);
  monitor.heard({}, kStart + 900ms);
  EXPECT_FALSE(monitor.has_returned());
  monitor.heard({}, kStart + 3s);
  EXPECT_TRUE(monitor.has_returned());
  EXPECT_FALSE(monitor.has_returned());
}

TEST(NetworkMonitor, KnowsAboutWhatTheNetworkCarries) {
  Watching wide({.rate = 100e6, .queue_bytes = 250'000, .delay = 20ms});
  EXPECT_EQ(wide.monitor.carries(), std::nullopt);
  wide.run(20s);
  EXPECT_GT(wide.monitor.carries().value(), 2.5e6);
  Watching narrow({.rate = 1.2e6, .queue_bytes = 250'000, .delay = 20ms});
  narrow.run(20s);
  EXPECT_GT(narrow.monitor.carries().value(), 0.75 * 1.2e6);
  EXPECT_LT(narrow.monitor.carries().value(), 1.1 * 1.2e6);
}

TEST(NetworkMonitor, WhatWaitedBeforeAPauseIsOfNoUseAfterIt) {
  NetworkMonitor monitor;
  TimePoint now = kStart;
  std::uint16_t next = 100;
  const auto picture = [&](std::chrono::milliseconds waits) {
    monitor.sent(next, 1, 1150, now);
    const auto arrival = std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()) + kTheirClock;
    monitor.heard(std::vector<Received>{{next, arrival + waits}}, now + 20ms + waits);
    ++next;
    now += 33ms;
  };
  for (int i = 0; i < 20; ++i) picture(0ms);
  EXPECT_TRUE(monitor.is_of_use(105));
  picture(150ms);
  monitor.sent(next++, 1, 1150, now);  // it is on its way
  EXPECT_FALSE(monitor.may_send(now));
  EXPECT_FALSE(monitor.is_of_use(105));
  now += 2s;
  ASSERT_TRUE(monitor.may_send(now));
  const std::uint16_t first = next;
  picture(0ms);
  EXPECT_FALSE(monitor.is_of_use(105));
  EXPECT_FALSE(monitor.is_of_use(static_cast<std::uint16_t>(first - 1)));
  EXPECT_TRUE(monitor.is_of_use(first));
  for (int i = 0; i < 40'000; ++i) picture(0ms);
  EXPECT_TRUE(monitor.is_of_use(static_cast<std::uint16_t>(next - 1))) << "numbers come round";
}

TEST(NetworkMonitor, TellsAtOnceThatTheNetworkCarriesLess) {
  Watching watching({.rate = 100e6, .queue_bytes = 250'000, .delay = 20ms});
  int told = 0;
  watching.monitor.on_limited([&] { ++told; });
  watching.run(5s);
  EXPECT_EQ(told, 0);
  EXPECT_EQ(watching.monitor.limited_at(), std::nullopt);
  watching.set({.rate = 1.2e6, .queue_bytes = 250'000, .delay = 20ms});
  watching.run(1s);
  EXPECT_GT(told, 0);
  EXPECT_GT(watching.monitor.limited_at(), kStart + 5s);
}

TEST(NetworkMonitor, ReportsOnMoreThanWasSentCannotBeTrue) {
  NetworkMonitor monitor(2048);
  EXPECT_FALSE(monitor.has_sent(0, 1));
  EXPECT_TRUE(monitor.has_sent(0, 0));
  monitor.sent(65'530, 10, 11'500, kStart);
  EXPECT_TRUE(monitor.has_sent(65'530, 10));
  EXPECT_TRUE(monitor.has_sent(3, 1));
  EXPECT_FALSE(monitor.has_sent(65'530, 11));
  EXPECT_FALSE(monitor.has_sent(4, 1));
  EXPECT_FALSE(monitor.has_sent(65'530, 65'535));
  for (int i = 0; i < 300; ++i) monitor.sent(static_cast<std::uint16_t>(4 + 10 * i), 10, 11'500, kStart);
  EXPECT_TRUE(monitor.has_sent(4, 3000));
  EXPECT_FALSE(monitor.has_sent(4, 3001));
}

TEST(NetworkMonitor, RemembersTwoSecondsOfTheStream) {
  EXPECT_EQ(NetworkMonitor::packets_to_remember(0), 2048U);
  EXPECT_EQ(NetworkMonitor::packets_to_remember(2'500), 2048U);
  EXPECT_GE(NetworkMonitor::packets_to_remember(60'000), 2U * 60'000'000 / 8 / 1150);
  EXPECT_EQ(NetworkMonitor::packets_to_remember(200'000), 32'768U);
}

TEST(NetworkMonitor, AFastStreamOverALongWayIsEstimated) {
  // 60 Mbit/s in 60 pictures a second, and the reports 300 ms later.
  NetworkMonitor monitor(NetworkMonitor::packets_to_remember(60'000));
  constexpr int kPackets = 109;
  struct Sent {
    std::uint16_t first;
    TimePoint at;
  };
  std::vector<Sent> pictures;
  std::size_t reported = 0;
  std::uint16_t next = 0;
  for (TimePoint now = kStart; now < kStart + 10s; now += 16ms) {
    monitor.sent(next, kPackets, kPackets * 1150, now);
    pictures.push_back({next, now});
    next = static_cast<std::uint16_t>(next + kPackets);
    std::vector<Received> received;
    for (; reported < pictures.size() && pictures[reported].at + 300ms <= now; ++reported) {
      const auto arrival =
          std::chrono::duration_cast<std::chrono::microseconds>(pictures[reported].at.time_since_epoch()) + kTheirClock;
      for (int i = 0; i < kPackets; ++i)
        received.push_back({static_cast<std::uint16_t>(pictures[reported].first + i), arrival + 50us * i});
    }
    if (!received.empty()) monitor.heard(received, now);
  }
  ASSERT_TRUE(monitor.carries());
  EXPECT_GT(*monitor.carries(), 50e6);
}

TEST(NetworkMonitor, NumbersThatWereNeverSentMeanNothing) {
  NetworkMonitor monitor;
  monitor.sent(100, 10, 11'500, kStart);
  const std::vector<Received> invented = {{50'000, 5h}, {9'000, 1us}};
  monitor.heard(invented, kStart + 50ms);
  EXPECT_EQ(monitor.waiting(), std::nullopt);
  EXPECT_TRUE(monitor.may_send(kStart + 50ms));
}

}  // namespace
}  // namespace cs
