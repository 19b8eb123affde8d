// SPDX-License-Identifier: MIT
#include "rtp/inbound_probes.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>

#include "fakes/line.hpp"

namespace cs {
namespace {

/// Two linked pads, like nicesrc and its peer element, with the probes of watch_packets() between them.
class WatchPackets : public testing::Test {
 protected:
  WatchPackets() {
    start_gstreamer();
    gst_pad_set_chain_function_full(
        in.get(),
        [](GstPad* pad, GstObject*, GstBuffer* buffer) {
          auto& self = *static_cast<WatchPackets*>(pad->chaindata);
          ++self.passed;
          self.bytes = gst_buffer_get_size(buffer);
          gst_buffer_unref(buffer);
          return GST_FLOW_OK;
        },
        this, nullptr);
    for (GstPad* pad : {in.get(), out.get()}) gst_pad_set_active(pad, TRUE);
    EXPECT_EQ(gst_pad_link(out.get(), in.get()), GST_PAD_LINK_OK);
    watch_packets(out.get(), liveness, filter);
    gst_pad_push_event(out.get(), gst_event_new_stream_start("packets"));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(out.get(), gst_event_new_segment(&segment));
  }
  ~WatchPackets() override {
    for (GstPad* pad : {out.get(), in.get()}) gst_pad_set_active(pad, FALSE);
  }

  static GstBuffer* packet(std::uint8_t first_byte, std::uint8_t second_byte = 201) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 8, nullptr);
    gst_buffer_memset(buffer, 0, second_byte, 8);
    gst_buffer_memset(buffer, 0, first_byte, 1);
    return buffer;
  }

  void push_list(std::initializer_list<std::uint8_t> first_bytes) {
    GstBufferList* packets = gst_buffer_list_new();
    for (const std::uint8_t first_byte : first_bytes) gst_buffer_list_add(packets, packet(first_byte));
    EXPECT_EQ(gst_pad_push_list(out.get(), packets), GST_FLOW_OK);
  }

  /// Whether a packet was reported after `then`: the allowed silence is 0.
  [[nodiscard]] bool heard_since(TimePoint then) const {
    return liveness->judge(then, std::chrono::milliseconds(0)) == PeerLiveness::Life::alive;
  }
  [[nodiscard]] bool said_goodbye() const {
    return liveness->judge(Clock::now() + std::chrono::minutes(1), std::chrono::hours(1)) == PeerLiveness::Life::closed;
  }

  static constexpr std::uint8_t kRtcp = 128;
  static constexpr std::uint8_t kAlert = 21;
  const Ref<GstPad> out = sink(gst_pad_new("out", GST_PAD_SRC));
  const Ref<GstPad> in = sink(gst_pad_new("in", GST_PAD_SINK));
  int passed = 0;         // packets
  std::size_t bytes = 0;  // size of the last packet
  Metrics metrics;
  const std::shared_ptr<NetworkMonitor> monitor = std::make_shared<NetworkMonitor>();
  const std::shared_ptr<InboundFilter> filter = std::make_shared<InboundFilter>(monitor, metrics);
  const std::shared_ptr<PeerLiveness> liveness = std::make_shared<PeerLiveness>();
};

TEST_F(WatchPackets, SinglePacketIsReported) {
  const TimePoint before = Clock::now();
  EXPECT_FALSE(heard_since(before));
  EXPECT_EQ(gst_pad_push(out.get(), packet(kRtcp)), GST_FLOW_OK);
  EXPECT_TRUE(heard_since(before));
}

TEST_F(WatchPackets, EachPacketOfAListIsReported) {
  const TimePoint before = Clock::now();
  push_list({kRtcp, kRtcp});
  EXPECT_TRUE(heard_since(before));
  push_list({kRtcp, kAlert});
  EXPECT_TRUE(said_goodbye());
  push_list({kAlert, kRtcp});
  EXPECT_FALSE(said_goodbye());
}

TEST_F(WatchPackets, RejectedPacketsAreDroppedSinglyAndFromLists) {
  constexpr std::uint8_t kVideo = 96;
  EXPECT_EQ(gst_pad_push(out.get(), packet(kRtcp, kVideo)), GST_FLOW_OK);
  EXPECT_EQ(passed, 0);
  GstBufferList* packets = gst_buffer_list_new();
  for (const std::uint8_t second_byte : {kVideo, std::uint8_t{201}, kVideo, std::uint8_t{205}})
    gst_buffer_list_add(packets, packet(kRtcp, second_byte));
  EXPECT_EQ(gst_pad_push_list(out.get(), packets), GST_FLOW_OK);
  EXPECT_EQ(passed, 2);
  GstBufferList* rtp_alone = gst_buffer_list_new();
  gst_buffer_list_add(rtp_alone, packet(kRtcp, kVideo));
  EXPECT_EQ(gst_pad_push_list(out.get(), rtp_alone), GST_FLOW_OK);
  EXPECT_EQ(passed, 2);
  EXPECT_EQ(metrics.get("viewer_inbound_packets_dropped_total", {{"reason", "rtp"}}).value(), 4);
}

TEST_F(WatchPackets, RtcpIsFiltered) {
  filter_rtcp(out.get(), filter);
  monitor->sent(0, 10, 11'500, Clock::now());
  // A receiver report with a source description, then a source description alone.
  const std::array<std::uint8_t, 20> compound = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 0, 0, 0};
  EXPECT_EQ(gst_pad_push(out.get(), gst_buffer_new_memdup(compound.data(), compound.size())), GST_FLOW_OK);
  EXPECT_EQ(passed, 1);
  EXPECT_EQ(bytes, 8U);
  EXPECT_EQ(gst_pad_push(out.get(), gst_buffer_new_memdup(compound.data() + 8, 12)), GST_FLOW_OK);
  EXPECT_EQ(passed, 1);
}

}  // namespace
}  // namespace cs
