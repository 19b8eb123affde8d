// SPDX-License-Identifier: MIT
#pragma once

#include <GLES3/gl3.h>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "cubestream/frame_format.hpp"
#include "cubestream/scene.hpp"
#include "gl/framebuffer.hpp"

namespace cs {

/// An RGBA image for checks in tests. One thread.
struct Picture {
  Size size;
  std::vector<std::uint8_t> rgba;  ///< rows from top to bottom

  [[nodiscard]] std::array<int, 3> at(int x, int y) const {
    const auto first = static_cast<std::size_t>(y * size.width + x) * 4;
    return {rgba.at(first), rgba.at(first + 1), rgba.at(first + 2)};
  }

  /// Mean brightness of the rows from `top` to `bottom`, given as fractions of the height.
  [[nodiscard]] double luma(double top, double bottom) const {
    const int first = static_cast<int>(top * size.height);
    const int last = static_cast<int>(bottom * size.height);
    double sum = 0;
    for (int y = first; y < last; ++y) {
      for (int x = 0; x < size.width; ++x) {
        const auto [r, g, b] = at(x, y);
        sum += 0.299 * r + 0.587 * g + 0.114 * b;
      }
    }
    return sum / ((last - first) * size.width);
  }
};

/// Draws like the renderer: upside down, so that the rows are read from top to bottom.
inline Picture draw_frame(Scene& scene, Size size, std::chrono::duration<double> time) {
  Picture picture{size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.width * size.height) * 4)};
  const Framebuffer framebuffer(size);
  framebuffer.bind();
  glFrontFace(GL_CW);
  scene.update(time);
  scene.draw({.size = size, .clip_y = -1.0F});
  glReadPixels(0, 0, size.width, size.height, GL_RGBA, GL_UNSIGNED_BYTE, picture.rgba.data());
  return picture;
}

inline Picture flipped(const Picture& picture) {
  Picture result{picture.size, {}};
  const auto row = static_cast<std::ptrdiff_t>(picture.size.width) * 4;
  for (std::ptrdiff_t y = picture.size.height - 1; y >= 0; --y)
    result.rgba.insert(result.rgba.end(), picture.rgba.begin() + y * row, picture.rgba.begin() + (y + 1) * row);
  return result;
}

/// Difference between two pictures of equal size.
struct Difference {
  double mean = 0;  ///< mean over all channels, 0 to 255
  double far = 0;   ///< fraction of the pixels with a channel that differs by more than 24
};

inline Difference difference(const Picture& a, const Picture& b) {
  if (!(a.size == b.size)) throw std::runtime_error("the pictures differ in size");
  double sum = 0;
  int far = 0;
  for (int y = 0; y < a.size.height; ++y) {
    for (int x = 0; x < a.size.width; ++x) {
      bool is_far = false;
      for (std::size_t channel = 0; channel < 3; ++channel) {
        const int off = std::abs(a.at(x, y).at(channel) - b.at(x, y).at(channel));
        sum += off;
        is_far = is_far || off > 24;
      }
      far += is_far ? 1 : 0;
    }
  }
  const double pixels = a.size.width * a.size.height;
  return {.mean = sum / (3 * pixels), .far = far / pixels};
}

inline void write_ppm(const Picture& picture, const std::string& path) {
  std::ofstream file(path, std::ios::binary);
  file << "P6\n" << picture.size.width << ' ' << picture.size.height << "\n255\n";
  for (std::size_t i = 0; i < picture.rgba.size(); ++i)
    if (i % 4 != 3) file.put(static_cast<char>(picture.rgba[i]));
}

inline Picture read_ppm(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::string magic;
  int depth = 0;
  Picture picture;
  file >> magic >> picture.size.width >> picture.size.height >> depth;
  file.get();
  if (!file || magic != "P6" || depth != 255) throw std::runtime_error("cannot read " + path);
  for (int i = 0; i < picture.size.width * picture.size.height; ++i) {
    for (int channel = 0; channel < 3; ++channel) picture.rgba.push_back(static_cast<std::uint8_t>(file.get()));
    picture.rgba.push_back(255);
  }
  if (!file) throw std::runtime_error(path + " is too short");
  return picture;
}

}  // namespace cs
