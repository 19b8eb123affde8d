// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "cubestream/frame_format.hpp"

namespace cs {

/// Scales an I420 frame down; each pixel is the mean of the source pixels it covers. Any thread.
void scale_i420(std::span<const std::byte> from, Size from_size, std::span<std::byte> to, Size to_size);

}  // namespace cs
