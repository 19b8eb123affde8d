// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "cubestream/frame_format.hpp"

namespace cs {

/// One row of ITU-T H.264, Table A-1: what a decoder of that level can take of the Baseline profile.
struct H264Level {
  int idc;                           ///< ten times the level: 31 is level 3.1
  std::int64_t max_macroblock_rate;  ///< MaxMBPS, macroblocks (16x16 pixels) a second
  int max_frame_size;                ///< MaxFS, macroblocks
  int max_bitrate_kbps;              ///< MaxBR
};

// Without level 1b, whose signalling is a special case of every profile and which 1.1 covers.
inline constexpr std::array<H264Level, 19> kH264Levels = {{
    {10, 1485, 99, 64},
    {11, 3000, 396, 192},
    {12, 6000, 396, 384},
    {13, 11880, 396, 768},
    {20, 11880, 396, 2000},
    {21, 19800, 792, 4000},
    {22, 20250, 1620, 4000},
    {30, 40500, 1620, 10000},
    {31, 108000, 3600, 14000},
    {32, 216000, 5120, 20000},
    {40, 245760, 8192, 20000},
    {41, 245760, 8192, 50000},
    {42, 522240, 8704, 50000},
    {50, 589824, 22080, 135000},
    {51, 983040, 36864, 240000},
    {52, 2073600, 36864, 240000},
    {60, 4177920, 139264, 240000},
    {61, 8355840, 139264, 480000},
    {62, 16711680, 139264, 800000},
}};

/// Whether pictures of that size fit: their area, and each side within sqrt(8 MaxFS) (A.3.1, items f and g).
[[nodiscard]] constexpr bool fits(Size size, const H264Level& level) {
  const std::int64_t columns = (size.width + 15) / 16;
  const std::int64_t rows = (size.height + 15) / 16;
  const std::int64_t longer = std::max(columns, rows);
  return columns * rows <= level.max_frame_size && longer * longer <= std::int64_t{8} * level.max_frame_size;
}

/// The most pictures a second of that size within a level; 0: not even the size fits. A.3's bound of 172 a second below
/// level 6 is left out, as x264 leaves it out of the level it writes into the stream.
[[nodiscard]] constexpr int max_fps(Size size, const H264Level& level) {
  const std::int64_t area = std::int64_t{(size.width + 15) / 16} * ((size.height + 15) / 16);
  return fits(size, level) ? static_cast<int>(level.max_macroblock_rate / area) : 0;
}

/// The smallest level that carries such pictures at that bit rate; none: H.264 cannot.
[[nodiscard]] constexpr std::optional<H264Level> h264_level(const FrameFormat& format, int bitrate_kbps) {
  for (const H264Level& level : kH264Levels)
    if (format.fps <= max_fps(format.size, level) && bitrate_kbps <= level.max_bitrate_kbps) return level;
  return std::nullopt;
}

/// Whether browsers show such a stream of H.264. Chromium shows none beyond level 5.2, neither larger pictures than
/// 36,864 macroblocks nor more of them a second, and other receivers refuse the answer.
[[nodiscard]] constexpr bool browsers_show_h264(const FrameFormat& format, int bitrate_kbps) {
  const auto level = h264_level(format, bitrate_kbps);
  return level && level->idc <= 52;
}

}  // namespace cs
