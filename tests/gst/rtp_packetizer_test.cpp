// SPDX-License-Identifier: MIT
#include "rtp/rtp_packetizer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "fakes/line.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using Packet = std::vector<std::uint8_t>;

constexpr int kPayloadType = 108;
constexpr std::uint32_t kSsrc = 0x11223344;

std::uint32_t word(const Packet& packet, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8 | packet.at(at + i);
  return value;
}

class RtpPacketizerTest : public testing::Test {
 protected:
  RtpPacketizerTest() { start_gstreamer(); }

  /// The packets of an access unit of `bytes` bytes.
  static std::vector<Packet> packets(RtpPacketizer& packetizer, std::size_t bytes, TimePoint captured_at) {
    const std::vector<std::byte> data(bytes, std::byte{0x41});
    const std::array parts = {std::span<const std::byte>(data)};
    const auto list = packetizer.packetize(
        {.owner = nullptr, .data = data, .parts = parts, .captured_at = captured_at, .keyframe = false});
    std::vector<Packet> result;
    for (unsigned i = 0; i < gst_buffer_list_length(list.get()); ++i) {
      GstBuffer* buffer = gst_buffer_list_get(list.get(), i);
      Packet& packet = result.emplace_back(gst_buffer_get_size(buffer));
      gst_buffer_extract(buffer, 0, packet.data(), packet.size());
    }
    return result;
  }

  const Codec codec = Codec::h264;
  const TimePoint at = TimePoint(1000h);
};

TEST_F(RtpPacketizerTest, PacketsHaveConsecutiveNumbersAndTheLastOfAFrameHasTheMarker) {
  RtpPacketizer packetizer(codec, {.payload_type = kPayloadType, .ssrc = kSsrc});
  std::uint16_t next = 0;
  for (int frame = 0; frame < 3; ++frame) {
    const auto all = packets(packetizer, 5000, at + frame * 33ms);
    ASSERT_EQ(all.size(), 5U);
    for (std::size_t i = 0; i < all.size(); ++i) {
      EXPECT_LE(all[i].size(), 1200U);
      EXPECT_EQ(all[i][0], 0x80);
      EXPECT_EQ(all[i][1], i + 1 == all.size() ? 0x80 | kPayloadType : kPayloadType);
      EXPECT_EQ(word(all[i], 8), kSsrc);
      const auto sequence = static_cast<std::uint16_t>(all[i][2] << 8 | all[i][3]);
      if (frame + static_cast<int>(i) > 0) {
        EXPECT_EQ(sequence, next);
      }
      next = static_cast<std::uint16_t>(sequence + 1);
    }
  }
}

TEST_F(RtpPacketizerTest, MediaClockMapsTimestampsToTheCaptureTime) {
  RtpPacketizer packetizer(codec, {.payload_type = kPayloadType, .ssrc = kSsrc});
  const MediaClock clock = packetizer.media_clock();
  for (const auto later : {0ms, 1ms, 33ms, 48h + 7ms}) {  // the last value exceeds 2^32 ticks
    const auto packet = packets(packetizer, 100, at + later).at(0);
    const auto ticks = std::chrono::duration_cast<std::chrono::milliseconds>(at + later - clock.time).count() * 90;
    EXPECT_EQ(word(packet, 4), clock.rtp_timestamp + static_cast<std::uint32_t>(ticks));
  }
}

TEST_F(RtpPacketizerTest, FirstPacketOfEachFrameHasPlayoutDelayZero) {
  RtpPacketizer packetizer(codec, {.payload_type = kPayloadType, .ssrc = kSsrc, .playout_delay_id = 5});
  for (int frame = 0; frame < 2; ++frame) {
    const auto all = packets(packetizer, 2390, at);
    ASSERT_EQ(all.size(), 3U);
    EXPECT_EQ(all[0][0], 0x90);
    EXPECT_THAT(std::vector(all[0].begin() + 12, all[0].begin() + 20),
                testing::ElementsAre(0xbe, 0xde, 0, 1, 0x52, 0, 0, 0));
    EXPECT_EQ(all[1][0], 0x80);
    for (const Packet& packet : all) EXPECT_LE(packet.size(), 1200U);
    // FU-A fragments of one NAL unit (RFC 6184, section 5.8): the type follows the RTP header with its extensions.
    EXPECT_EQ(all[0][20] & 0x1f, 28);
    EXPECT_EQ(all[1][12] & 0x1f, 28);
  }
}

TEST_F(RtpPacketizerTest, EachPacketHasATransportWideSequenceNumber) {
  RtpPacketizer packetizer(
      codec, {.payload_type = kPayloadType, .ssrc = kSsrc, .playout_delay_id = 5, .transport_wide_id = 4});
  const std::uint16_t first = packetizer.next_sequence();
  const auto all = packets(packetizer, 2390, at);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(packetizer.next_sequence(), first + 3);
  EXPECT_THAT(std::vector(all[0].begin() + 12, all[0].begin() + 24),
              testing::ElementsAre(0xbe, 0xde, 0, 2, 0x52, 0, 0, 0, 0x41, all[0][2], all[0][3], 0));
  for (std::size_t i = 1; i < 3; ++i) {
    EXPECT_EQ(all[i][0], 0x90);
    EXPECT_THAT(std::vector(all[i].begin() + 12, all[i].begin() + 20),
                testing::ElementsAre(0xbe, 0xde, 0, 1, 0x41, all[i][2], all[i][3], 0));
  }
  for (const Packet& packet : all) EXPECT_LE(packet.size(), 1200U);
}

}  // namespace
}  // namespace cs
