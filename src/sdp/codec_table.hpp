// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <variant>

#include "cubestream/stream.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Reason why an offer is refused.
struct OfferRefusal {
  std::string code;     ///< a code of kErrorCodes
  std::string message;  ///< a sentence for the user of the browser
};

/// The payload type that is used in a media section.
struct Payload {
  int type = 0;            ///< payload type number in the offer
  std::string parameters;  ///< parameters of the answer's `a=fmtp` line; may be empty
};

/// std::monostate means that the section does not offer the codec.
using PayloadChoice = std::variant<std::monostate, Payload, OfferRefusal>;

/// Receives the payload of one RTP packet: the payload header and the data of the access unit.
using EmitPayload = std::function<void(std::span<const std::uint8_t> prefix, std::span<const std::byte> data)>;

/// The parts of an access unit, as in AccessUnit::parts.
using Parts = std::span<const std::span<const std::byte>>;

/// Splits an access unit into RTP payloads of at most `max_size` bytes. Pure.
using SplitPayload = void (*)(Parts parts, std::uint16_t picture_id, std::size_t max_size, const EmitPayload& emit);

/// RTP payload format of a codec: how an offer selects it, and how an access unit becomes packets. A new codec needs a
/// name in include/cubestream/stream.hpp, a row here, and a row for each of its encoders in encoder/encoder_table.cpp.
struct CodecRow {
  Codec codec;
  const char* rtp;  ///< caps of the track without payload type and SSRC
  PayloadChoice (*choose)(const SdpSection& section, const Stream& stream);
  SplitPayload split;
};

[[nodiscard]] std::span<const CodecRow> codec_table();

/// Returns the row of the codec.
[[nodiscard]] const CodecRow& codec_row(Codec codec);

}  // namespace cs
