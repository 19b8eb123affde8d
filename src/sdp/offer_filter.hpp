// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "sdp/offer.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// Makes of an offer what webrtcbin is told: the chosen section alone, bundled with itself, with all that describes its
/// transport, wherever the offer says it. So webrtcbin never comes to paths that nothing here configures: sections that
/// are not bundled, audio that would be sent to us, data channels, sections without a transport, attributes at the
/// session. answer_to() makes the answer to the whole offer.
///
/// Nothing goes with it that nobody here asks for. Of attributes, parameters, kinds of feedback and SSRCs GStreamer
/// makes names, and GLib keeps every name as long as the process lives: those that are not known go, so that no client
/// fills the memory with names of its own. The video becomes "recvonly". Of candidates, written as "candidate:…", stays
/// what is `taken`; here, since GStreamer finds lines in an SDP where others see none. Any thread.
[[nodiscard]] SdpMessage reduce_offer(
    const GstSDPMessage& offer, const NegotiatedMedia& choice,
    const std::function<std::optional<std::string>(std::string_view candidate)>& taken);

/// The answer to the whole offer: webrtcbin's, which knows the chosen section alone, in that section's place, and each
/// other section rejected (RFC 3264, section 6; RFC 8843, section 7.3), but for the one that the client reaches the
/// chosen one by. Pure.
[[nodiscard]] std::string answer_to(const GstSDPMessage& offer, const NegotiatedMedia& choice,
                                    const GstSDPMessage& webrtcbins_answer);

}  // namespace cs
