// SPDX-License-Identifier: MIT
#include "ladder/ladder.hpp"

#include <algorithm>

namespace cs {
namespace {

constexpr int kRungs = 3;
constexpr int kSmallest = 64;       // pixels; also the minimum of CS_WIDTH and CS_HEIGHT
constexpr int kLowestSlowest = 15;  // minimum frame rate of the lowest rung, if the scene has as many

// Bit rate range of a rung, relative to the maximum of the rung above. A quarter of the pixels needs more than a
// quarter of the bits, because each pixel holds more detail. The ranges of neighbours overlap, so that a viewer that
// moves up has room to grow.
constexpr double kMost = 0.375;
constexpr double kLeast = 0.3;

constexpr int even_half(int pixels) {
  return pixels / 4 * 2;
}

}  // namespace

std::vector<Rung> make_ladder(const FrameFormat& full, int ceiling_kbps, int floor_kbps) {
  std::vector<Rung> rungs;
  FrameFormat format = full;
  for (int most = ceiling_kbps; rungs.size() < kRungs; most = static_cast<int>(most * kMost)) {
    const auto& [width, height] = format.size;
    if (!rungs.empty() && (std::min(width, height) < kSmallest || most <= floor_kbps)) break;
    if (rungs.size() == kRungs - 1) format.fps = std::min(format.fps, std::max(format.fps / 2, kLowestSlowest));
    rungs.push_back({format, std::min(most, std::max(static_cast<int>(most * kLeast), floor_kbps)), most});
    format.size = {even_half(width), even_half(height)};
  }
  rungs.back().least_kbps = std::min(floor_kbps, rungs.back().most_kbps);  // no rung below
  return rungs;
}

}  // namespace cs
