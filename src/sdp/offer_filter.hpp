// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sdp/media_selection.hpp"
#include "sdp/offer.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Reduces an offer to what webrtcbin needs: the chosen section alone, in its own bundle, with all its transport
/// attributes. So webrtcbin never handles cases that this server does not support: unbundled sections, inbound audio,
/// data channels, sections without a transport, attributes at session level. answer_to() creates the answer to the
/// whole offer.
///
/// Unknown attributes, parameters, feedback types and SSRCs are removed: GStreamer creates GLib quarks from them, which
/// are never freed, so a client could fill the memory. The direction becomes "recvonly".
///
/// `taken` receives each candidate ("candidate:…") and returns the text to keep, or nothing to drop it. Candidates are
/// filtered after parsing, because GStreamer accepts line endings that other parsers do not. Any thread.
[[nodiscard]] SdpMessage reduce_offer(
    const Offer& offer, const NegotiatedMedia& choice,
    const std::function<std::optional<std::string>(std::string_view candidate)>& taken);

/// Creates the answer to the whole offer: webrtcbin's answer for the chosen section, and all other sections rejected
/// (RFC 3264, section 6; RFC 8843, section 7.3) except `choice.reached_by`, which is accepted as inactive. Pure.
[[nodiscard]] std::string answer_to(const Offer& offer, const NegotiatedMedia& choice,
                                    const GstSDPMessage& webrtcbins_answer);

}  // namespace cs
