// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <variant>

#include "cubestream/stream.hpp"
#include "viewer/payload_split.hpp"
#include "viewer/sdp.hpp"

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

/// How a codec is spoken of in SDP and travels by RTP. Adding a codec is a row here, one or more rows of the encoder
/// table, and its names in include/cubestream/stream.hpp.
struct CodecRow {
  Codec codec;
  const char* rtp;  ///< caps of the track, without payload type and SSRC
  /// Makes RTP payloads of an access unit's parts.
  void (*split)(Parts parts, std::uint16_t picture, std::size_t most, const EmitPayload& emit);
  PayloadChoice (*choose)(const SdpSection& section, const Stream& stream);
};

[[nodiscard]] std::span<const CodecRow> codec_table();

/// The codec's row.
[[nodiscard]] const CodecRow& codec_row(Codec codec);

}  // namespace cs
