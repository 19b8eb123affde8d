// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <string>

namespace cs {

/// A frame's size in pixels. Both sides are even; 64x64 to 7680x4320 (checked by the settings).
struct Size {
  int width = 1280;
  int height = 720;
  bool operator==(const Size&) const = default;
};

/// For example "1280x720". Pure.
[[nodiscard]] inline std::string text_of(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// The size of a smaller stream, `size` for scenes of size `full`, when the scene is drawn at size `scene`: the same
/// fraction of it, even and at least 64x64. Pure.
[[nodiscard]] constexpr Size scaled(Size size, Size full, Size scene) {
  const auto side = [](int part, int whole, int now) { return std::max(now * part / whole / 2 * 2, 64); };
  return {side(size.width, full.width, scene.width), side(size.height, full.height, scene.height)};
}

/// Size and frame rate (1 to 240 frames per second) of the video.
struct FrameFormat {
  Size size;
  int fps = 30;
  bool operator==(const FrameFormat&) const = default;
};

}  // namespace cs
