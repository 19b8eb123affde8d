// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>

#include "cubestream/picture.hpp"
#include "cubestream/stream.hpp"

namespace cs {

/// What of an offer we send into. A plain value.
struct OfferChoice {
  unsigned mline_index = 0;
  std::string mid;
  Codec codec = Codec::h264;
  int payload_type = 0;
  std::string profile_level_id;  ///< for the answer: the offer's profile, the level of what we send
  std::map<std::string, int, std::less<>> extensions;  ///< RTP header extensions we may send there: URI to id
};

/// Why nothing can be sent into an offer.
struct OfferRefusal {
  std::string code;     ///< one of: bad-sdp no-video not-receiving no-h264 h264-mode h264-profile
  std::string message;  ///< a sentence for the person in front of the browser
};

/// Chooses the first video section that wants to receive and its best H.264 payload type: packetization mode 1, profile
/// nearest to the Constrained Baseline we send, then one whose level takes our pictures, then the client's order. Such
/// offers as webrtcbin cannot answer, or is known to answer with a dead stream, are refused. Takes any bytes. Pure.
///
/// On levels, RFC 6184, 8.2.2: without level-asymmetry-allowed an answer may not go above the offer's level. We send
/// all the same, since the declared level must fit the stream, and decoders take more than an offer declares (Chromium
/// minds no level at all).
[[nodiscard]] std::variant<OfferChoice, OfferRefusal> choose(std::string_view sdp, const PictureFormat& format,
                                                             int bitrate_kbps);

}  // namespace cs
