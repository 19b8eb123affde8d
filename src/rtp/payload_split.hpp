// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "cubestream/stream.hpp"

namespace cs {

/// Takes the payload of one RTP packet: the bytes that the payload format puts first, and the picture's.
using EmitPayload = std::function<void(std::span<const std::uint8_t> prefix, std::span<const std::byte> data)>;

/// The parts of an access unit, as AccessUnit has them.
using Parts = std::span<const std::span<const std::byte>>;

/// RFC 6184: NAL units as they are where they fit (5.6), else in fragments of the same size (FU-A, 5.8). Pure.
void split_h264(Parts nal_units, std::uint16_t picture, std::size_t most, const EmitPayload& emit);

/// RFC 7741: a frame in fragments, each with the descriptor of 4.2 that holds the 15 bits of the picture's number, by
/// which a receiver knows a frame that is missing whole. Pure.
void split_vp8(Parts frame, std::uint16_t picture, std::size_t most, const EmitPayload& emit);

/// Splits an access unit into RTP payloads of at most `most` bytes.
using SplitPayload = void (*)(Parts parts, std::uint16_t picture, std::size_t most, const EmitPayload& emit);

/// The function that splits access units of this codec. Pure.
[[nodiscard]] SplitPayload payload_splitter(Codec codec);

}  // namespace cs
