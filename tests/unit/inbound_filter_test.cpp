// SPDX-License-Identifier: MIT
#include "rtp/inbound_filter.hpp"

#include <gtest/gtest.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <vector>

using namespace std::chrono_literals;

namespace cs {
namespace {

using Bytes = std::vector<std::uint8_t>;

const TimePoint kStart = TimePoint(1000h);

/// An RTCP packet with the count or format of its first byte, its type and the 32-bit words after the header.
Bytes packet(unsigned format, std::uint8_t type, std::vector<std::uint32_t> words) {
  Bytes bytes = {static_cast<std::uint8_t>(0x80U | format), type, 0, static_cast<std::uint8_t>(words.size())};
  for (const std::uint32_t word : words)
    for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes.push_back(static_cast<std::uint8_t>(word >> shift));
  return bytes;
}

constexpr std::uint32_t kPeer = 1;
constexpr std::uint32_t kOurs = 4711;

Bytes report(std::uint32_t ssrc = kPeer) {
  return packet(0, 201, {ssrc});
}
Bytes nack(std::vector<std::uint32_t> requests) {
  requests.insert(requests.begin(), {kPeer, kOurs});
  return packet(1, 205, requests);
}
Bytes pli() {
  return packet(1, 206, {kPeer, kOurs});
}
/// Transport-wide feedback on `count` packets starting at 0; only the first was received.
Bytes feedback(std::uint16_t count) {
  return packet(15, 205, {kPeer, kOurs, count, 1U << 8U, 0x20010400});
}
Bytes operator+(Bytes one, const Bytes& other) {
  one.insert(one.end(), other.begin(), other.end());
  return one;
}

class InboundFilterTest : public testing::Test {
 protected:
  InboundFilterTest() { monitor->sent(0, 10, 11'500, kStart); }

  Bytes kept_of(Bytes compound, TimePoint now = kStart) {
    compound.resize(filter.filter(compound, now));
    return compound;
  }
  std::int64_t dropped(const char* reason) {
    return metrics.get("viewer_inbound_packets_dropped_total", {{"reason", reason}}).value();
  }

  Metrics metrics;
  const std::shared_ptr<NetworkMonitor> monitor = std::make_shared<NetworkMonitor>();
  InboundFilter filter{monitor, metrics};
};

TEST_F(InboundFilterTest, ReportsAndRequestsPass) {
  const Bytes compound = report() + nack({0x00050003}) + pli() + packet(4, 206, {kPeer, kOurs, kOurs, 1U << 24U});
  EXPECT_EQ(kept_of(compound), compound);
  EXPECT_EQ(kept_of(packet(0, 200, {kPeer, 1, 2, 3, 4, 5})).size(), 28U);
  for (const char* reason : InboundFilter::kReasons) EXPECT_EQ(dropped(reason), 0) << reason;
}

TEST_F(InboundFilterTest, OtherRtcpPacketsAreRemoved) {
  const Bytes description = packet(1, 202, {kPeer, 0x08040161, 0x62000000});
  const Bytes bye = packet(1, 203, {kPeer});
  const Bytes app = packet(0, 204, {kPeer, 0x61626364});
  const Bytes estimate = packet(15, 206, {kPeer, 0, 0x52454d42, 0x01000000, kOurs});
  const Bytes extended = packet(0, 207, {kPeer, 0x04000002, 1, 2});
  const Bytes limit = packet(3, 205, {kPeer, 0, kOurs, 1});
  EXPECT_EQ(kept_of(report() + description + bye + app + pli() + estimate + extended + limit), report() + pli());
  EXPECT_EQ(kept_of(description), Bytes());
}

TEST_F(InboundFilterTest, TransportWideFeedbackGoesOnlyToTheNetworkMonitor) {
  // The monitor detects the silence of the peer between the two reports.
  for (const auto at : {20ms, 3000ms})
    EXPECT_EQ(kept_of(report() + feedback(10) + pli(), kStart + at), report() + pli());
  EXPECT_TRUE(monitor->has_returned());
  EXPECT_EQ(dropped("feedback"), 0);
}

TEST_F(InboundFilterTest, FeedbackOnUnsentPacketsIsDropped) {
  for (const std::uint16_t count : {std::uint16_t{11}, std::uint16_t{65'535}})
    EXPECT_EQ(kept_of(feedback(count)), Bytes());
  EXPECT_EQ(kept_of(feedback(11), kStart + 3s), Bytes());
  EXPECT_FALSE(monitor->has_returned());
  EXPECT_EQ(dropped("feedback"), 3);
}

TEST_F(InboundFilterTest, RequestsForTooManyPacketsAreDropped) {
  const Bytes large = nack(std::vector<std::uint32_t>(100, 0x0000ffff));  // 1,700 packets
  EXPECT_EQ(kept_of(large), large);
  EXPECT_EQ(kept_of(large + report()), report());
  EXPECT_EQ(dropped("requests"), 1);
  EXPECT_EQ(kept_of(nack({0x00050000})).size(), 16U) << "the limit is not reached yet";
  EXPECT_EQ(kept_of(large, kStart + 1s), large);
}

TEST_F(InboundFilterTest, AtMostEightSsrcsAreAccepted) {
  std::size_t kept = 0;
  for (std::uint32_t ssrc = 1; ssrc <= 1000; ++ssrc) kept += kept_of(report(ssrc)).size() / report().size();
  EXPECT_EQ(kept, 8U);
  EXPECT_EQ(dropped("ssrc"), 992);
  EXPECT_EQ(kept_of(report(1)), report(1));
  EXPECT_EQ(kept_of(packet(1, 206, {999, kOurs})), Bytes());
}

TEST_F(InboundFilterTest, MalformedPacketsEndTheCompound) {
  Bytes endless = report();
  endless[3] = 0xff;
  EXPECT_EQ(kept_of(report() + endless + report()), report());
  Bytes other_version = report();
  other_version[0] = 0x40;
  EXPECT_EQ(kept_of(other_version), Bytes());
  EXPECT_EQ(kept_of({0x80, 201}), Bytes());
  EXPECT_EQ(dropped("malformed"), 3);
  EXPECT_EQ(kept_of({}), Bytes());
  for (const Bytes& brief :
       {packet(0, 201, {}), packet(1, 205, {kPeer}), packet(15, 205, {kPeer, kOurs}), packet(1, 206, {})})
    EXPECT_EQ(kept_of(brief), Bytes());
  EXPECT_EQ(dropped("malformed"), 3) << "they are only too short";
}

TEST_F(InboundFilterTest, AnyBytesLeaveOnlyCompletePackets) {
  std::minstd_rand random;
  for (int i = 0; i < 20'000; ++i) {
    Bytes bytes = report() + nack({1, 2}) + feedback(3) + pli();
    bytes.resize(random() % (bytes.size() + 1));
    for (int flips = 0; flips < 3 && !bytes.empty(); ++flips)
      bytes[random() % bytes.size()] = static_cast<std::uint8_t>(random());
    const Bytes kept = kept_of(bytes);
    ASSERT_LE(kept.size(), bytes.size());
    std::size_t at = 0;
    while (at < kept.size()) at += 4 * (1 + (std::size_t{kept[at + 2]} << 8U | kept[at + 3]));
    ASSERT_EQ(at, kept.size());
  }
}

TEST_F(InboundFilterTest, RtpIsNeverAccepted) {
  for (const std::uint8_t type : {std::uint8_t{0}, std::uint8_t{96}, std::uint8_t{96 + 128}, std::uint8_t{224}})
    EXPECT_FALSE(filter.accepts(Bytes{0x80, type}, kStart));
  EXPECT_EQ(dropped("rtp"), 4);
  for (const Bytes& other : {Bytes{0x80, 201}, Bytes{0xbf, 223}, Bytes{22, 254}, Bytes{}, Bytes{0x80}})
    EXPECT_TRUE(filter.accepts(other, kStart));
}

TEST_F(InboundFilterTest, PacketsAreLimitedToTheRateOfAReceiver) {
  const auto accepted_of = [&](int packets, TimePoint now) {
    int accepted = 0;
    for (int i = 0; i < packets; ++i) accepted += filter.accepts(report(), now) ? 1 : 0;
    return accepted;
  };
  EXPECT_EQ(accepted_of(10'000, kStart), 500);
  EXPECT_EQ(accepted_of(10'000, kStart + 1s), 500);
  EXPECT_EQ(accepted_of(10'000, kStart + 1100ms), 50);
  EXPECT_EQ(dropped("rate"), 30'000 - 1050);
}

}  // namespace
}  // namespace cs
