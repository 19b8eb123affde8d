// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

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
#include "sdp/sdp.hpp"

namespace cs {

/// What of an offer we send into, and which channel. A plain value.
struct NegotiatedMedia {
  std::size_t channel = 0;  ///< which of those there were to choose from
  Codec codec = Codec::h264;
  unsigned mline_index = 0;
  std::string mid;
  Payload payload;
  std::map<std::string, int, std::less<>> extensions;  ///< RTP header extensions we may send there: URI to id
  std::vector<Fingerprint> fingerprints;               ///< of the certificate that the peer must show; at least one
  std::vector<unsigned> bundled;  ///< the sections of its BUNDLE group (RFC 8843), itself among them
  unsigned reached_by =
      0;  ///< the section whose transport is the chosen one's, which must be accepted: most often itself
};

/// Says how long a receiver may hold a picture back.
inline constexpr std::string_view kPlayoutDelay = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay";

/// Numbers packets, so that a receiver can tell when each of them came.
inline constexpr std::string_view kTransportWide =
    "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";

/// The offer's number for an extension; 0: the peer does not know it, or the number needs a form that we do not write.
/// Pure.
[[nodiscard]] inline int extension_id(const NegotiatedMedia& choice, std::string_view uri) {
  const auto found = choice.extensions.find(uri);
  return found != choice.extensions.end() && found->second >= 1 && found->second <= 14 ? found->second : 0;
}

/// The values of an attribute of the transport that the chosen section uses: those of the section that it is reached
/// by, the first of its bundle, before its own (RFC 8843, section 7.3), and the session's last. Empty ones count as
/// none. Pure.
[[nodiscard]] std::vector<std::string_view> transport_values(const NegotiatedMedia& choice, const SdpSection& chosen,
                                                             const SdpSection& first, std::string_view key);

/// Chooses the first video section that wants to receive one of the channels, and of these the first that it can
/// receive. Such offers as webrtcbin cannot answer, or is known to answer with a dead stream, are refused. Takes any
/// bytes. Pure.
[[nodiscard]] std::variant<NegotiatedMedia, OfferRefusal> choose(std::string_view sdp,
                                                                 std::span<const Channel> channels);

/// Of one that was read already. Pure.
[[nodiscard]] std::variant<NegotiatedMedia, OfferRefusal> choose(const GstSDPMessage& offer,
                                                                 std::span<const Channel> channels);

}  // namespace cs
