// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cubestream/viewer_figures.hpp"

namespace cs {

/// Why a viewer's session ended. `word` is also the error code that the client receives, if it receives one.
struct DisconnectReason {
  std::string_view word;
  bool is_fault = false;  ///< the session ended unexpectedly; logged as a warning
};

/// All reasons. They are the only values of the metric's `reason` label, so no label value comes from a client.
inline constexpr std::array<DisconnectReason, 17> kLeaveReasons = {{
    {"closed"},                      // the client closed the session
    {"disconnected", true},          // signalling broke before the media connection was established
    {"vanished"},                    // no packets from the client for a while
    {"orphan-expired"},              // signalling was not restored in time
    {"displaced"},                   // had no signalling or no media connection; replaced by a new viewer
    {"replaced"},                    // by the client's next offer
    {"stopping"},                    // the server is stopping
    {"not-connected", true},         // within the time limit
    {"ice-failed", true},            // ICE found no working pair, or lost it
    {"dtls-failed", true},           // ICE connected, but the DTLS handshake failed
    {"certificate-mismatch", true},  // the DTLS certificate does not match the offer's fingerprint
    {"no-port", true},               // no free port for media
    {"bad-offer", true},             // webrtcbin rejected the offer
    {"media-failed", true},          // the viewer's pipeline failed
    {"no-pictures", true},           // the encoder failed permanently
    {"busy", true},                  // the client's message queue was full
    {"server-error", true},          // the pipeline could not be created
}};

/// Returns the row of `word`, or the row "server-error" for an unknown word. Pure.
[[nodiscard]] const DisconnectReason& leave_reason(std::string_view word);

/// Returns the log line of a session that ended: the reason, the explanation `words`, the client's address and the
/// figures of the session until `now`. Pure.
[[nodiscard]] std::string leave_line(const DisconnectReason& reason, std::string_view words, std::string_view address,
                                     const ViewerFigures& figures, TimePoint now);

}  // namespace cs
