// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cubestream/stream.hpp"
#include "cubestream/subscription.hpp"
#include "sdp/codec_table.hpp"
#include "sdp/fingerprint.hpp"
#include "sdp/offer.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// The media section of an offer that receives video, and the channel that is sent. A plain value.
struct NegotiatedMedia {
  std::size_t channel = 0;  ///< index into the channels passed to select_media()
  Codec codec = Codec::h264;
  unsigned mline_index = 0;
  std::string mid;
  Payload payload;
  std::map<std::string, int, std::less<>> extensions;  ///< RTP header extensions that may be sent: URI to id
  std::vector<Fingerprint> fingerprints;               ///< allowed fingerprints of the peer certificate; at least one
  std::vector<unsigned> bundled;                       ///< sections of its BUNDLE group (RFC 8843), itself included
  unsigned reached_by = 0;  ///< section whose transport is used; must be accepted; usually mline_index
};

/// Header extension that limits the playout delay of the receiver.
inline constexpr std::string_view kPlayoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

/// Header extension with a sequence number per packet, for transport-wide feedback.
inline constexpr std::string_view kTransportWide =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// Id of a header extension in the offer; 0: not offered, or the id needs the two-byte header, which is not supported.
/// Pure.
[[nodiscard]] inline int extension_id(const NegotiatedMedia& choice, std::string_view uri) {
  const auto found = choice.extensions.find(uri);
  return found != choice.extensions.end() && found->second >= 1 && found->second <= 14 ? found->second : 0;
}

/// Values of a transport attribute of the chosen section. Order of precedence: section `choice.reached_by`, the other
/// of `chosen` and `first` (the first section of the bundle; RFC 8843, section 7.3), the session. Empty values are
/// ignored. Pure.
[[nodiscard]] std::vector<std::string_view> transport_values(const NegotiatedMedia& choice, const SdpSection& chosen,
                                                             const SdpSection& first, std::string_view key);

/// Selects the first video section that can receive one of the channels, and the first channel that it can receive.
/// Refuses offers that webrtcbin cannot answer, or answers with a stream that never starts. Pure.
[[nodiscard]] std::variant<NegotiatedMedia, OfferRefusal> select_media(const Offer& offer,
                                                                       std::span<const Channel> channels);

}  // namespace cs
