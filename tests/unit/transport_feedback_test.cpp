// SPDX-License-Identifier: MIT
#include "congestion/transport_feedback.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

using namespace std::chrono_literals;

namespace cs {
namespace {

using Bytes = std::vector<std::uint8_t>;

TEST(TransportFeedback, ReadsARunOfPacketsWithArrivalTimes) {
  // Packets 10 to 12; the first at 65 ms, the others 2 ms and 1 ms after their predecessors.
  const Bytes body = {0, 10, 0, 3, 0, 0, 1, 0, 0x20, 3, 4, 8, 4};
  const auto received = read_transport_feedback(body).received;
  ASSERT_EQ(received.size(), 3U);
  EXPECT_EQ(received[0].sequence, 10);
  EXPECT_EQ(received[0].arrival, 65ms);
  EXPECT_EQ(received[1].arrival, 67ms);
  EXPECT_EQ(received[2].sequence, 12);
  EXPECT_EQ(received[2].arrival, 68ms);
}

TEST(TransportFeedback, OmitsLostPacketsAndAcceptsNegativeDeltas) {
  // Two bits each: small delta, lost, large delta; the other four are beyond the count.
  const Bytes body = {0xff, 0xff, 0, 3, 0, 0, 0, 0, 0xd2, 0, 40, 0xff, 0xf8};
  const auto received = read_transport_feedback(body).received;
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].sequence, 0xffff);
  EXPECT_EQ(received[0].arrival, 10ms);
  EXPECT_EQ(received[1].sequence, 1) << "the sequence numbers wrap around";
  EXPECT_EQ(received[1].arrival, 8ms);
}

TEST(TransportFeedback, ReadsChunksWithOneBitPerPacket) {
  const Bytes body = {0, 0, 0, 4, 0, 0, 0, 0, 0xa8, 0, 4, 4};  // 1 0 1 0
  const auto received = read_transport_feedback(body).received;
  ASSERT_EQ(received.size(), 2U);
  EXPECT_EQ(received[0].sequence, 0);
  EXPECT_EQ(received[1].sequence, 2);
}

TEST(TransportFeedback, TruncatedMessageEndsTheList) {
  const Bytes body = {0, 10, 0, 3, 0, 0, 1, 0, 0x20, 3, 4, 8, 4};
  for (std::size_t size = 0; size < body.size(); ++size)
    EXPECT_LT(read_transport_feedback(std::span(body).first(size)).received.size(), 3U) << size;
  const Bytes endless = {0, 0, 0xff, 0xff, 0, 0, 0, 0, 0x20, 0};
  EXPECT_TRUE(read_transport_feedback(endless).received.empty());
}

TEST(TransportFeedback, CountsThePacketsReportedOn) {
  // 65,535 packets: runs of 8,191 lost ones, and seven received.
  Bytes body = {0, 7, 0xff, 0xff, 0, 0, 1, 0};
  for (int i = 0; i < 8; ++i) body.insert(body.end(), {0x1f, 0xff});
  body.insert(body.end(), {0x20, 7, 4, 4, 4, 4, 4, 4, 4});
  const auto feedback = read_transport_feedback(body);
  EXPECT_EQ(feedback.first, 7);
  EXPECT_EQ(feedback.count, 65'535);
  ASSERT_EQ(feedback.received.size(), 7U);
  EXPECT_EQ(feedback.received[0].sequence, static_cast<std::uint16_t>(7 + 8 * 8191));
}

TEST(TransportFeedback, ReportsNoMorePacketsThanItHasBytes) {
  const Bytes body = {0,    0,    0xff, 0xff, 0,    0,    0,    0,    0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff,
                      0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff, 0x3f, 0xff, 1,    1};
  EXPECT_EQ(read_transport_feedback(body).received.size(), 2U);
}

TEST(TransportNumber, ReadsTheHeaderExtension) {
  Bytes packet = {0x90, 96, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0xbe, 0xde, 0, 2, 0, 0x51, 0xaa, 0xbb, 0x41, 0x12, 0x34, 0};
  EXPECT_EQ(transport_number(packet, 4), 0x1234);
  EXPECT_EQ(transport_number(packet, 5), 0xaabb);
  EXPECT_EQ(transport_number(packet, 3), std::nullopt);
  for (std::size_t size = 0; size < 23; ++size)
    EXPECT_EQ(transport_number(std::span(packet).first(size), 4), std::nullopt) << size;
  packet[20] = 0x42;
  EXPECT_EQ(transport_number(packet, 4), std::nullopt) << "wrong length";
  packet[0] = 0x80;
  EXPECT_EQ(transport_number(packet, 5), std::nullopt) << "no extension";
}

}  // namespace
}  // namespace cs
