// SPDX-License-Identifier: MIT
#include "cubestream/h264_level.hpp"

#include <gtest/gtest.h>

namespace cs {
namespace {

int level_of(int width, int height, int fps, int bitrate_kbps) {
  const auto level = h264_level({{width, height}, fps}, bitrate_kbps);
  return level ? level->idc : 0;
}

TEST(H264Level, IsTheLowestThatSupportsSizeAndRate) {
  EXPECT_EQ(level_of(1280, 720, 30, 2500), 31);
  EXPECT_EQ(level_of(1280, 720, 60, 2500), 32);
  EXPECT_EQ(level_of(1920, 1080, 30, 2500), 40);
  EXPECT_EQ(level_of(1920, 1080, 60, 2500), 42);
  EXPECT_EQ(level_of(3840, 2160, 30, 2500), 51);
  EXPECT_EQ(level_of(3840, 2160, 60, 2500), 52);
  EXPECT_EQ(level_of(7680, 4320, 30, 2500), 60);
  EXPECT_EQ(level_of(7680, 4320, 60, 2500), 61);
  EXPECT_EQ(level_of(7680, 4320, 128, 2500), 62);
  EXPECT_EQ(level_of(64, 64, 1, 50), 10);
}

TEST(H264Level, RisesWithTheBitRate) {
  EXPECT_EQ(level_of(1280, 720, 30, 14000), 31);
  EXPECT_EQ(level_of(1280, 720, 30, 14001), 32);
  EXPECT_EQ(level_of(1280, 720, 30, 200000), 51);
}

TEST(H264Level, CountsPartialMacroblocks) {
  EXPECT_EQ(level_of(640, 480, 33, 1000), 30);  // 40 x 30 at 33: 39,600 a second
  EXPECT_EQ(level_of(642, 480, 33, 1000), 31);  // 41 x 30 at 33: 40,590
}

TEST(H264Level, LimitsEachSideOfANarrowFrame) {
  EXPECT_EQ(level_of(2880, 64, 1, 1000), 32);  // 180 columns: 180 * 180 is above 8 * 3,600 and below 8 * 5,120
  EXPECT_EQ(level_of(64, 7680, 1, 1000), 51);  // 480 rows
}

TEST(H264Level, IsNoneAboveTheHighestLevel) {
  EXPECT_EQ(level_of(7680, 4320, 129, 2500), 0);
  EXPECT_EQ(level_of(1280, 720, 30, 800001), 0);
  EXPECT_EQ(max_fps({7680, 4320}, kH264Levels.back()), 128);
  EXPECT_EQ(max_fps({7680, 4320}, kH264Levels.front()), 0);
}

}  // namespace
}  // namespace cs
