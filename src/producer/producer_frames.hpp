// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace cs {

enum class ProducerFormat : std::uint32_t { rgba = 1, bgra = 2, rgb = 3, i420 = 4, nv12 = 5 };
enum class ProducerMode : std::uint32_t { pull = 1, push = 2 };

/// The frames that a producer sends, or would like to send.
struct ProducerFrames {
  int width = 0;   ///< pixels; 0 in a wish: as configured
  int height = 0;  ///< pixels; 0 in a wish: as configured
  ProducerFormat format = ProducerFormat::rgba;
  ProducerMode mode = ProducerMode::pull;
  bool is_bottom_up = false;
  bool operator==(const ProducerFrames&) const = default;
};

/// Where the rows of a plane are in a slot.
struct PlaneLayout {
  std::uint64_t offset = 0;
  std::uint32_t stride = 0;  ///< bytes
  std::uint32_t rows = 0;
};

/// The memory of one frame.
struct SlotLayout {
  std::uint64_t bytes = 0;
  std::uint32_t planes = 0;
  std::array<PlaneLayout, 3> plane = {};
};

/// Why a message of a producer is refused: a sentence for it, or for the log.
struct ProducerError {
  std::string sentence;
};

}  // namespace cs
