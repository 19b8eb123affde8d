// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "cubestream/viewer_figures.hpp"

namespace cs {

/// Why a viewer's session ends. The words are those that the client hears, where it hears any.
struct DisconnectReason {
  std::string_view word;
  bool is_fault = false;  ///< it was to go on
};

/// All there are: the values of a metric's label, so that none is ever made up of what a client says.
inline constexpr std::array<DisconnectReason, 17> kLeaveReasons = {{
    {"closed"},                      // it said goodbye
    {"disconnected", true},          // its signalling broke before the picture came
    {"vanished"},                    // no report for a while
    {"orphan-expired"},              // its signalling did not come back
    {"displaced"},                   // without signalling or connection, it made room for a newcomer
    {"replaced"},                    // by its next offer
    {"stopping"},                    // the service ends
    {"not-connected", true},         // in time
    {"ice-failed", true},            // no way, or lost
    {"dtls-failed", true},           // a way, but no DTLS handshake
    {"certificate-mismatch", true},  // the peer's DTLS certificate is not the one that its offer announced
    {"no-port", true},               // for its picture
    {"bad-offer", true},             // webrtcbin did not take it
    {"media-failed", true},          // its pipeline did
    {"no-pictures", true},           // the encoder gave up
    {"busy", true},                  // a message to it found no place
    {"server-error", true},          // there was no room for its pipeline
}};

/// The row of that word; of an unknown one "server-error". Pure.
[[nodiscard]] const DisconnectReason& leave_reason(std::string_view word);

/// A viewer's whole story in one line: why it left, `words` in its own; where it came from, and how it went until
/// `now`. Pure.
[[nodiscard]] std::string leave_line(const DisconnectReason& reason, std::string_view words, std::string_view address,
                                     const ViewerFigures& figures, TimePoint now);

}  // namespace cs
