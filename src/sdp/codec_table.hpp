// SPDX-License-Identifier: MIT
#pragma once

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

/// SDP representation of a codec. A new codec needs a name in include/cubestream/stream.hpp, a row here, a case in
/// rtp/payload_split.cpp and a row for each of its encoders in encoder/encoder_table.cpp.
struct CodecRow {
  Codec codec;
  const char* rtp;  ///< caps of the track without payload type and SSRC
  PayloadChoice (*choose)(const SdpSection& section, const Stream& stream);
};

[[nodiscard]] std::span<const CodecRow> codec_table();

/// Returns the row of the codec.
[[nodiscard]] const CodecRow& codec_row(Codec codec);

}  // namespace cs
