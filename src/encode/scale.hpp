// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <span>

#include "cubestream/frame_format.hpp"

namespace cs {

/// Makes a smaller I420 picture of another, each of its pixels the mean of those that it stands for. Any thread.
void scale_i420(std::span<const std::byte> from, Size from_size, std::span<std::byte> to, Size to_size);

}  // namespace cs
