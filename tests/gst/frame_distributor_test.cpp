// SPDX-License-Identifier: MIT
#include "encode/frame_distributor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <optional>
#include <span>
#include <vector>

#include "base/thread_role.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/gstreamer.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);

bool start_gstreamer() {
  enter_thread(ThreadRole::main);
  static const GStreamer gstreamer({});
  return true;
}

class FakeConsumer final : public FrameConsumer {
 public:
  explicit FakeConsumer(FrameFormat format) : format_(format) {}

  [[nodiscard]] FrameFormat format() const override { return format_; }
  [[nodiscard]] Demand::Level level() const override { return wanted; }
  [[nodiscard]] bool has_room() override { return wanted == Demand::Level::live && room; }
  [[nodiscard]] bool needs_frame() override { return needs; }
  void resize(Size size) override { format_.size = size; }
  void push(GstBuffer* frame, TimePoint captured_at) override {
    times.push_back(captured_at);
    latest = retain(frame);
  }
  void skip() override { ++skipped; }

  Demand::Level wanted = Demand::Level::none;
  bool room = true;
  bool needs = false;
  int skipped = 0;
  std::vector<TimePoint> times;
  Ref<GstBuffer> latest;

 private:
  FrameFormat format_;
};

class FrameDistributorTest : public testing::Test {
 protected:
  FrameDistributorTest() {
    for (FakeConsumer* each : {&full, &half, &quarter}) distributor.join(*each);
  }

  /// Acts as the renderer: draws a frame whose left half is dark. Returns its size; none if no frame was wanted.
  std::optional<Size> draw() {
    now += 33ms;
    auto memory = distributor.acquire();
    if (!memory) return std::nullopt;
    const Size size = memory->size();
    const auto pixels = memory->pixels();
    const I420Layout layout = i420_layout(size);
    std::ranges::fill(pixels, std::byte{128});
    for (std::size_t i = 0; i < layout.u_offset; ++i)
      pixels[i] = std::byte(i % layout.luma_stride < static_cast<std::size_t>(size.width) / 2 ? 40 : 200);
    distributor.push({.memory = std::move(memory), .captured_at = now});
    return size;
  }

  const bool started = start_gstreamer();
  Metrics metrics;
  Demand demand;
  FrameDistributor distributor{3, demand, metrics};
  FakeConsumer full{{{320, 180}, 30}};
  FakeConsumer half{{{160, 90}, 30}};
  FakeConsumer quarter{{{80, 44}, 15}};
  TimePoint now = kStart;
};

constexpr auto kLive = Demand::Level::live;

TEST_F(FrameDistributorTest, UsesTheLargestSizeAndRateOfTheLiveConsumers) {
  EXPECT_EQ(draw(), std::nullopt);
  quarter.wanted = kLive;
  EXPECT_EQ(draw(), (Size{80, 44}));
  EXPECT_EQ(distributor.fps(), 15);
  half.wanted = kLive;
  EXPECT_EQ(draw(), (Size{160, 90}));
  EXPECT_EQ(distributor.fps(), 30);
  full.wanted = kLive;
  EXPECT_EQ(draw(), (Size{320, 180}));
  full.wanted = Demand::Level::standby;
  EXPECT_EQ(draw(), (Size{160, 90}));
}

TEST_F(FrameDistributorTest, NeedsAFrameWhenALiveConsumerDoes) {
  half.needs = true;
  EXPECT_FALSE(distributor.needs_frame()) << "nothing is live";
  full.wanted = kLive;
  EXPECT_FALSE(distributor.needs_frame());
  half.wanted = kLive;
  EXPECT_TRUE(distributor.needs_frame());
}

TEST_F(FrameDistributorTest, AConsumerOfASmallerSizeGetsTheFrameScaled) {
  full.wanted = half.wanted = quarter.wanted = kLive;
  draw();
  EXPECT_EQ(full.times, half.times);
  for (const FakeConsumer* each : {&full, &half, &quarter}) {
    const Size size = each->format().size;
    GstMapInfo map;
    ASSERT_TRUE(gst_buffer_map(each->latest.get(), &map, GST_MAP_READ));
    const I420Layout layout = i420_layout(size);
    EXPECT_EQ(map.size, layout.bytes);
    const std::size_t row = static_cast<std::size_t>(size.height / 2) * layout.luma_stride;
    EXPECT_NEAR(map.data[row + static_cast<std::size_t>(size.width / 4)], 40, 1) << size.width;
    EXPECT_NEAR(map.data[row + static_cast<std::size_t>(size.width * 3 / 4)], 200, 1) << size.width;
    EXPECT_EQ(map.data[layout.v_offset], 128) << size.width;
    gst_buffer_unmap(each->latest.get(), &map);
  }
  EXPECT_EQ(GST_BUFFER_PTS(quarter.latest.get()), GST_BUFFER_PTS(full.latest.get()));
  const auto scaled = metrics.stage("scale").buckets();
  EXPECT_EQ(std::reduce(scaled.begin(), scaled.end()), 2) << "once per size";
}

TEST_F(FrameDistributorTest, ASceneOfAnotherSizeKeepsTheFractionsOfTheConsumers) {
  full.wanted = half.wanted = quarter.wanted = kLive;
  EXPECT_EQ(draw(), (Size{320, 180}));
  distributor.resize({640, 480});
  EXPECT_EQ(full.format().size, (Size{640, 480}));
  EXPECT_EQ(half.format().size, (Size{320, 240}));
  EXPECT_EQ(quarter.format().size, (Size{160, 116}));  // the height was rounded from 45 to 44
  EXPECT_EQ(draw(), (Size{640, 480}));
  EXPECT_EQ(gst_buffer_get_size(half.latest.get()), frame_bytes({320, 240}, PixelFormat::i420));
  distributor.resize({64, 64});
  EXPECT_EQ(quarter.format().size, (Size{64, 64})) << "the least size of a stream";
  EXPECT_EQ(draw(), (Size{64, 64}));
  distributor.resize({320, 180});
  EXPECT_EQ(quarter.format().size, (Size{80, 44}));
  EXPECT_EQ(draw(), (Size{320, 180}));
}

TEST_F(FrameDistributorTest, AConsumerAtHalfTheRateGetsEverySecondFrame) {
  full.wanted = quarter.wanted = kLive;
  for (int i = 0; i < 10; ++i) draw();
  EXPECT_EQ(full.times.size(), 10U);
  ASSERT_EQ(quarter.times.size(), 5U);
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(quarter.times[i] - quarter.times[i - 1], 66ms);
  EXPECT_EQ(quarter.skipped, 0) << "frames that are not due do not count as skipped";
}

TEST_F(FrameDistributorTest, AConsumerWithoutRoomMissesAFrameAndOthersDoNot) {
  full.wanted = half.wanted = kLive;
  half.room = false;
  draw();
  EXPECT_EQ(half.skipped, 1);
  EXPECT_EQ(full.times.size(), 1U);
  full.room = false;
  EXPECT_EQ(draw(), std::nullopt) << "no consumer has room";
  half.room = true;
  EXPECT_EQ(draw(), (Size{320, 180})) << "the size stays while the larger consumer is live";
  EXPECT_EQ(half.times.size(), 1U);
}

TEST_F(FrameDistributorTest, AConsumerThatBecomesLiveAfterDrawingWaitsForTheNextFrame) {
  half.wanted = kLive;
  auto memory = distributor.acquire();
  full.wanted = kLive;
  distributor.push({.memory = std::move(memory), .captured_at = now});
  EXPECT_TRUE(full.times.empty());
  EXPECT_EQ(half.times.size(), 1U);
  draw();
  EXPECT_EQ(full.times.size(), 1U);
}

/// While it exists, GStreamer allocates memory filled with old data, as from a used heap. Main thread only.
class UsedMemory {
 public:
  UsedMemory() {
    const auto set_up = [](void* allocator_class, void*) { GST_ALLOCATOR_CLASS(allocator_class)->alloc = allocate; };
    static const GType type = g_type_register_static_simple(GST_TYPE_ALLOCATOR, "UsedMemory", sizeof(GstAllocatorClass),
                                                            set_up, sizeof(GstAllocator), nullptr, GTypeFlags{});
    gst_allocator_set_default(GST_ALLOCATOR(sink(g_object_new(type, nullptr)).release()));
  }
  ~UsedMemory() { gst_allocator_set_default(gst_allocator_find(GST_ALLOCATOR_SYSMEM)); }
  UsedMemory(const UsedMemory&) = delete;
  UsedMemory& operator=(const UsedMemory&) = delete;

  inline static std::atomic<int> allocations = 0;

 private:
  static GstMemory* allocate(GstAllocator* /*allocator*/, gsize size, GstAllocationParams* params) {
    ++allocations;
    const auto system = adopt(gst_allocator_find(GST_ALLOCATOR_SYSMEM));
    GstMemory* const memory = gst_allocator_alloc(system.get(), size, params);
    GstMapInfo map;
    EXPECT_TRUE(gst_memory_map(memory, &map, GST_MAP_WRITE));
    std::ranges::fill(std::span(map.data, map.size), std::uint8_t{0x5a});
    gst_memory_unmap(memory, &map);
    return memory;
  }
};

TEST(FramePool, NewMemoryIsZeroed) {
  start_gstreamer();
  const UsedMemory used;
  for (const PixelFormat format : {PixelFormat::i420, PixelFormat::rgba}) {
    const int before = UsedMemory::allocations;
    FramePool pool({{66, 66}, 30}, 1, format);
    const auto memory = pool.acquire();
    ASSERT_TRUE(memory);
    EXPECT_GT(UsedMemory::allocations, before) << "the pool did not use this allocator, so the test proves nothing";
    EXPECT_EQ(std::ranges::count_if(memory->pixels(), [](std::byte each) { return each != std::byte{0}; }), 0);
  }
}

TEST(FrameRateDivider, ReducesAFasterRateToAnyRate) {
  for (const int slow : {10, 15, 24}) {
    FrameRateDivider divider(slow);
    int taken = 0;
    for (int i = 0; i < 600; ++i) {  // 10 s at 60 fps, each frame up to 4 ms late
      const TimePoint frame = kStart + i * 16'667us + i % 5 * 1ms;
      if (!divider.is_due(frame)) continue;
      divider.take(frame);
      ++taken;
    }
    EXPECT_NEAR(taken, 10 * slow, 2) << slow;
  }
}

TEST(FrameRateDivider, KeepsItsRateAfterAPause) {
  FrameRateDivider divider(15);
  divider.take(kStart);
  EXPECT_TRUE(divider.is_due(kStart + 1h));
  divider.take(kStart + 1h);
  EXPECT_FALSE(divider.is_due(kStart + 1h + 33ms));
  EXPECT_TRUE(divider.is_due(kStart + 1h + 66ms));
}

}  // namespace
}  // namespace cs
