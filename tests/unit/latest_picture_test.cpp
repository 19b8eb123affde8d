// SPDX-License-Identifier: MIT
#include "producer/latest_picture.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstdint>

#include "base/stamp_blocks.hpp"
#include "fakes/memory_sink.hpp"

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
  const std::uint32_t earliest = stamp_of(std::chrono::system_clock::now());
  LatestPicture picture(kSize, sink);
  const TimePoint before_conversion = Clock::now() - std::chrono::seconds(5);
  ASSERT_TRUE(picture.deliver(true, before_conversion));
  const std::uint32_t latest = stamp_of(std::chrono::system_clock::now());
  EXPECT_LE(stamp_in(sink) - earliest, latest - earliest) << "modulo 2^32, as stamps are";
}

}  // namespace
}  // namespace cs
