// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "cubestream/frame_format.hpp"

namespace cs {

/// A row of ITU-T H.264, Table A-1: the limits of a level for the Baseline profile.
struct H264Level {
  int idc;                           ///< ten times the level: 31 is level 3.1
  std::int64_t max_macroblock_rate;  ///< MaxMBPS, macroblocks (16x16 pixels) a second
  int max_frame_size;                ///< MaxFS, macroblocks
  int max_bitrate_kbps;              ///< MaxBR
};

// Without level 1b: each profile signals it in its own way, and level 1.1 covers it.
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

/// Whether frames of this size fit the level: their area, and each side within sqrt(8 MaxFS) (A.3.1, items f and g).
[[nodiscard]] constexpr bool fits(Size size, const H264Level& level) {
  const std::int64_t columns = (size.width + 15) / 16;
  const std::int64_t rows = (size.height + 15) / 16;
  const std::int64_t longer = std::max(columns, rows);
  return columns * rows <= level.max_frame_size && longer * longer <= std::int64_t{8} * level.max_frame_size;
}

/// The maximum frame rate for this size within a level; 0: the size itself does not fit. Ignores the limit of 172 per
/// second below level 6 (A.3), as x264 does when it chooses the level in the stream.
[[nodiscard]] constexpr int max_fps(Size size, const H264Level& level) {
  const std::int64_t area = std::int64_t{(size.width + 15) / 16} * ((size.height + 15) / 16);
  return fits(size, level) ? static_cast<int>(level.max_macroblock_rate / area) : 0;
}

/// The lowest level for this format and bit rate; none: beyond all levels of H.264.
[[nodiscard]] constexpr std::optional<H264Level> h264_level(const FrameFormat& format, int bitrate_kbps) {
  for (const H264Level& level : kH264Levels)
    if (format.fps <= max_fps(format.size, level) && bitrate_kbps <= level.max_bitrate_kbps) return level;
  return std::nullopt;
}

/// Whether browsers play such an H.264 stream. Chromium's limit is level 5.2: 36,864 macroblocks per frame, and the
/// rate of macroblocks per second. Other receivers reject the answer beyond it.
[[nodiscard]] constexpr bool browsers_show_h264(const FrameFormat& format, int bitrate_kbps) {
  const auto level = h264_level(format, bitrate_kbps);
  return level && level->idc <= 52;
}

}  // namespace cs
