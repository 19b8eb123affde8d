// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cubestream/frame_format.hpp"
#include "producer/producer_frames.hpp"

namespace cs {

/// Converts a frame of a producer to I420 of the same size (i420_layout()), rows top down. `from` has the layout `in`
/// and may change meanwhile; `to` holds frame_bytes(). Any thread.
void to_i420(const ProducerFrames& frames, const SlotLayout& in, std::span<const std::byte> from,
             std::span<std::byte> to);

/// Writes the blocks of a stamp (stamp_blocks()) into an I420 frame: squares of 1/80 of the width, side by side from
/// the top-left corner. Frames narrower than 80 pixels, or lower than a square,
/// get no stamp. Any thread.
void stamp_i420(std::span<std::byte> i420, Size size, std::uint32_t stamp);

}  // namespace cs
