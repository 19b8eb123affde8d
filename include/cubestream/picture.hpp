// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// A picture's size in pixels. Both even, 64x64 to 7680x4320 (the settings see to it).
struct Size {
  int width = 1280;
  int height = 720;
  bool operator==(const Size&) const = default;
};

/// What is rendered and sent: how large, and how many pictures a second (1 to 240).
struct PictureFormat {
  Size size;
  int fps = 30;
  bool operator==(const PictureFormat&) const = default;
};

}  // namespace cs
