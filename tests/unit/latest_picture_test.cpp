// SPDX-License-Identifier: MIT
#include "producer/latest_picture.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <span>
#include <vector>

#include "base/stamp_blocks.hpp"
#include "fakes/memory_sink.hpp"
#include "source/producer_protocol.hpp"

namespace cs {
namespace {

using test::MemorySink;

constexpr Size kSize{320, 180};

/// Reads the 32 bits of the stamp in the sink's last frame.
std::uint32_t stamp_in(const MemorySink& sink) {
  constexpr std::size_t kSide = kSize.width / kStampBlocksPerWidth;
  std::uint32_t stamp = 0;
  for (std::size_t i = 0; i < 32; ++i)
    if (sink.luma(i * kSide + kSide / 2, kSide / 2) > 127) stamp |= 1U << i;
  return stamp;
}

TEST(LatestPicture, TheStampIsWhenDrawingBeganAlsoAfterALongConversion) {
  MemorySink sink(kSize);
  Metrics metrics;
  const std::uint32_t earliest = stamp_of(std::chrono::system_clock::now());
  LatestPicture picture(kSize, sink, metrics);
  const TimePoint before_conversion = Clock::now() - std::chrono::seconds(5);
  ASSERT_TRUE(picture.deliver(true, before_conversion));
  const std::uint32_t latest = stamp_of(std::chrono::system_clock::now());
  EXPECT_LE(stamp_in(sink) - earliest, latest - earliest) << "modulo 2^32, as stamps are";
}

/// An I420 frame of one brightness, without padding.
bool take(LatestPicture& picture, Size size, unsigned char luma, TimePoint now) {
  const ProducerFrames frames{.width = size.width, .height = size.height, .format = ProducerFormat::i420};
  const SlotLayout layout = slot_layout(frames);
  const std::vector<std::byte> memory(layout.bytes, std::byte{luma});
  return picture.take(frames, layout, memory, now);
}

TEST(LatestPicture, AnEqualPictureIsNotNewWhateverTheWidth) {
  for (const Size size : {Size{854, 480}, Size{66, 64}, Size{320, 180}}) {
    MemorySink sink(kSize);
    Metrics metrics;
    LatestPicture picture(kSize, sink, metrics);
    const TimePoint now = Clock::now();
    EXPECT_TRUE(take(picture, size, 100, now));
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(take(picture, size, 100, now)) << size.width;
    EXPECT_TRUE(take(picture, size, 101, now));
  }
}

TEST(LatestPicture, AnEqualPictureIsNotNewWhateverItsLayout) {
  constexpr Size kSmall{66, 64};
  const ProducerFrames down{.width = 66, .height = 64, .format = ProducerFormat::i420};
  ProducerFrames up = down;
  up.is_bottom_up = true;
  const SlotLayout layout = slot_layout(down);
  // A picture whose rows, and rows of chroma, differ; and the same with the last row first.
  std::vector<std::byte> upright(layout.bytes);
  std::vector<std::byte> flipped(layout.bytes);
  for (std::size_t i = 0; i < layout.planes; ++i) {
    const PlaneLayout& plane = layout.plane.at(i);
    for (std::uint32_t row = 0; row < plane.rows; ++row) {
      const auto line = [&](std::vector<std::byte>& memory, std::uint32_t at) {
        return std::span(memory).subspan(plane.offset + std::size_t{at} * plane.stride, plane.stride);
      };
      std::ranges::fill(line(upright, row), static_cast<std::byte>(row + 20 * i));
      std::ranges::fill(line(flipped, plane.rows - 1 - row), static_cast<std::byte>(row + 20 * i));
    }
  }
  MemorySink sink(kSmall);
  Metrics metrics;
  LatestPicture picture(kSmall, sink, metrics);
  const TimePoint now = Clock::now();
  EXPECT_TRUE(picture.take(down, layout, upright, now));
  EXPECT_FALSE(picture.take(down, layout, upright, now));
  EXPECT_FALSE(picture.take(up, layout, flipped, now));
  EXPECT_TRUE(picture.take(down, layout, flipped, now));
  for (const std::size_t plane : {0U, 1U, 2U}) {
    const PlaneLayout& changed = layout.plane.at(plane);
    flipped.at(changed.offset + std::size_t{changed.rows - 1} * changed.stride) = std::byte{0xff};
    EXPECT_TRUE(picture.take(down, layout, flipped, now)) << "plane " << plane;
  }
}

TEST(LatestPicture, APictureThatBusyEncodersNeverGotIsCounted) {
  MemorySink sink(kSize);
  Metrics metrics;
  LatestPicture picture(kSize, sink, metrics);
  const Metric& busy = metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "encoders-busy"}});
  const TimePoint now = Clock::now();
  sink.is_busy = true;
  EXPECT_TRUE(take(picture, kSize, 1, now));
  EXPECT_FALSE(picture.deliver(false, now));
  EXPECT_FALSE(picture.deliver(false, now));
  EXPECT_EQ(busy.value(), 0) << "it still waits";
  EXPECT_TRUE(take(picture, kSize, 2, now));
  EXPECT_EQ(busy.value(), 1);
  EXPECT_FALSE(picture.deliver(false, now));
  sink.is_busy = false;
  EXPECT_TRUE(picture.deliver(false, now));
  EXPECT_TRUE(take(picture, kSize, 3, now));
  EXPECT_TRUE(take(picture, kSize, 4, now));  // no viewer wanted the one before
  EXPECT_EQ(busy.value(), 1);
}

TEST(LatestPicture, ALowPictureGetsNoStamp) {
  MemorySink sink(kSize);
  Metrics metrics;
  LatestPicture picture(kSize, sink, metrics);
  EXPECT_TRUE(take(picture, {7680, 64}, 100, Clock::now()));
  EXPECT_TRUE(picture.deliver(true, Clock::now()));
  EXPECT_EQ(sink.luma(0, 0), 100);
}

TEST(LatestPicture, APictureThatWaitedIsSentAsOfNow) {
  MemorySink sink(kSize);
  Metrics metrics;
  LatestPicture picture(kSize, sink, metrics);
  const TimePoint later = Clock::now() + std::chrono::hours(8);
  EXPECT_TRUE(picture.deliver(false, later));
  EXPECT_EQ(sink.times().back(), later);
}

TEST(LatestPicture, FramesAreAtLeastAMillisecondApart) {
  MemorySink sink(kSize);
  Metrics metrics;
  LatestPicture picture(kSize, sink, metrics);
  const TimePoint now = Clock::now();
  EXPECT_TRUE(take(picture, kSize, 1, now));
  EXPECT_TRUE(picture.deliver(false, now));
  EXPECT_TRUE(take(picture, kSize, 2, now - std::chrono::milliseconds(500)));  // drawing began before
  EXPECT_TRUE(picture.deliver(false, now));
  EXPECT_EQ(sink.times().at(1) - sink.times().at(0), std::chrono::milliseconds(1));
}

TEST(LatestPicture, AFrameThatIsTooLargeForStreamsIsScaledDown) {
  MemorySink sink(kSize);
  Metrics metrics;
  LatestPicture picture(kSize, sink, metrics, [](Size size) { return size.width <= 1000; });
  EXPECT_TRUE(take(picture, {1600, 800}, 100, Clock::now()));
  EXPECT_EQ(picture.size(), (Size{1600, 800}));
  EXPECT_EQ(picture.stream_size(), (Size{1000, 500}));
  EXPECT_TRUE(picture.deliver(false, Clock::now()));
  EXPECT_EQ(sink.size(), (Size{1000, 500}));
  EXPECT_EQ(sink.luma(999, 499), 100);
}

}  // namespace
}  // namespace cs
