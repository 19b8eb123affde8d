// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "unixfd/unixfd_caps.hpp"

namespace cs {

/// A frame as BGRA, for YUV frames whose colours are not those of the stream (ITU-R BT.601, limited range): there is no
/// direct way between two kinds of YUV. One thread.
class YuvToBgra {
 public:
  /// Whether these frames need it.
  [[nodiscard]] static bool is_needed(const CapsFrames& frames);

  /// Converts a frame. The result, of the layout gstreamer_layout(), is valid until the next call.
  [[nodiscard]] std::span<const std::byte> convert(const CapsFrames& frames, std::span<const std::byte> memory);

  /// The same frames as BGRA.
  [[nodiscard]] static ProducerFrames converted(ProducerFrames frames);

 private:
  std::vector<std::byte> pixels_;
};

}  // namespace cs
