// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <variant>

#include "cubestream/stream.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Why nothing can be sent into an offer.
struct OfferRefusal {
  std::string code;     ///< one of: bad-sdp no-video not-receiving no-codec h264-mode h264-profile
  std::string message;  ///< a sentence for the person in front of the browser
};

/// What of a media section a stream is sent as.
struct Payload {
  int type = 0;            ///< the offer's number for it
  std::string parameters;  ///< of the answer's `a=fmtp` line, behind the payload type; may be empty
};

/// The first of them: the section does not offer the codec at all.
using PayloadChoice = std::variant<std::monostate, Payload, OfferRefusal>;

/// How a codec appears in SDP. A new codec needs its name in include/cubestream/stream.hpp, a row here, a case in
/// rtp/payload_split.cpp and a row for each of its encoders in encoder/encoder_table.cpp.
struct CodecRow {
  Codec codec;
  const char* rtp;  ///< caps of the track, without payload type and SSRC
  PayloadChoice (*choose)(const SdpSection& section, const Stream& stream);
};

[[nodiscard]] std::span<const CodecRow> codec_table();

/// The codec's row.
[[nodiscard]] const CodecRow& codec_row(Codec codec);

}  // namespace cs
