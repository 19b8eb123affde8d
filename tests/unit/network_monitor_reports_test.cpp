// SPDX-License-Identifier: MIT
// Which packets the monitor remembers and believes reports about.
#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "congestion/network_monitor.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);
constexpr std::chrono::microseconds kTheirClock = 77h;  // offset from the server's clock

TEST(NetworkMonitorReports, RejectsReportsOnPacketsThatWereNotSent) {
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

TEST(NetworkMonitorReports, RemembersTwoSecondsOfPackets) {
  EXPECT_EQ(NetworkMonitor::packets_to_remember(0), 2048U);
  EXPECT_EQ(NetworkMonitor::packets_to_remember(2'500), 2048U);
  EXPECT_GE(NetworkMonitor::packets_to_remember(60'000), 2U * 60'000'000 / 8 / 1150);
  EXPECT_EQ(NetworkMonitor::packets_to_remember(200'000), 32'768U);
}

TEST(NetworkMonitorReports, EstimatesAFastStreamWithLateReports) {
  // 60 Mbit/s at 60 frames per second, reports 300 ms late.
  NetworkMonitor monitor(NetworkMonitor::packets_to_remember(60'000));
  constexpr int kPackets = 109;
  struct Sent {
    std::uint16_t first;
    TimePoint at;
  };
  std::vector<Sent> frames;
  std::size_t reported = 0;
  std::uint16_t next = 0;
  for (TimePoint now = kStart; now < kStart + 10s; now += 16ms) {
    monitor.sent(next, kPackets, kPackets * 1150, now);
    frames.push_back({next, now});
    next = static_cast<std::uint16_t>(next + kPackets);
    std::vector<Received> received;
    for (; reported < frames.size() && frames[reported].at + 300ms <= now; ++reported) {
      const auto arrival =
          std::chrono::duration_cast<std::chrono::microseconds>(frames[reported].at.time_since_epoch()) + kTheirClock;
      for (int i = 0; i < kPackets; ++i)
        received.push_back({static_cast<std::uint16_t>(frames[reported].first + i), arrival + 50us * i});
    }
    if (!received.empty()) monitor.heard(received, now);
  }
  ASSERT_TRUE(monitor.carries());
  EXPECT_GT(*monitor.carries(), 50e6);
}

TEST(NetworkMonitorReports, IgnoresSequenceNumbersThatWereNotSent) {
  NetworkMonitor monitor;
  monitor.sent(100, 10, 11'500, kStart);
  const std::vector<Received> invented = {{50'000, 5h}, {9'000, 1us}};
  monitor.heard(invented, kStart + 50ms);
  EXPECT_EQ(monitor.waiting(), std::nullopt);
  EXPECT_TRUE(monitor.may_send(kStart + 50ms));
}

}  // namespace
}  // namespace cs
