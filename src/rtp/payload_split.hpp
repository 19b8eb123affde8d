// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>

#include "cubestream/stream.hpp"

namespace cs {

/// Receives the payload of one RTP packet: the payload header and the data of the access unit.
using EmitPayload = std::function<void(std::span<const std::uint8_t> prefix, std::span<const std::byte> data)>;

/// The parts of an access unit, as in AccessUnit::parts.
using Parts = std::span<const std::span<const std::byte>>;

/// RFC 6184: single NAL unit packets (5.6) for NAL units that fit, otherwise FU-A fragments of equal size (5.8). Pure.
void split_h264(Parts nal_units, std::uint16_t picture_id, std::size_t max_size, const EmitPayload& emit);

/// RFC 7741: fragments with the payload descriptor of 4.2, which contains the 15-bit PictureID. With it, a receiver
/// detects that a whole frame is missing. Pure.
void split_vp8(Parts frame, std::uint16_t picture_id, std::size_t max_size, const EmitPayload& emit);

/// Splits an access unit into RTP payloads of at most `max_size` bytes.
using SplitPayload = void (*)(Parts parts, std::uint16_t picture_id, std::size_t max_size, const EmitPayload& emit);

/// Returns the split function of the codec. Pure.
[[nodiscard]] SplitPayload payload_splitter(Codec codec);

}  // namespace cs
