// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// A picture's size in pixels. Both even, 64x64 to 7680x4320 (the settings see to it).
struct Size {
  int width = 1280;
  int height = 720;
  bool operator==(const Size&) const = default;
};

/// As in "1280x720". Pure.
[[nodiscard]] inline std::string text_of(Size size) {
  return std::to_string(size.width) + "x" + std::to_string(size.height);
}

/// What is rendered and sent: how large, and how many pictures a second (1 to 240).
struct FrameFormat {
  Size size;
  int fps = 30;
  bool operator==(const FrameFormat&) const = default;
};

}  // namespace cs
