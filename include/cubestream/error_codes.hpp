// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string_view>

#include "cubestream/close_codes.hpp"

namespace cs {

/// An error code that a client receives when its offer is refused or its session fails. The WebSocket and WHEP, the
/// counters and the table of docs/api.md are made from the rows.
struct ErrorCode {
  /// `offer`: the offer is refused; the code is a value of the label `reason` of viewers_refused_total. `session`: the
  /// session ends; the code is also a row of kLeaveReasons.
  enum class Of { offer, session };

  std::string_view code;  ///< SendError::code
  Of of;
  std::uint16_t close_code;  ///< of the WebSocket
  int http_status;           ///< of the WHEP response
  int retry_after_s;         ///< of the WHEP response; 0: do not retry
  std::string_view meaning;
};

// Draft-ietf-wish-whep-03, section 4.2.3, reserves 406 for servers that make their own offer, and players react to
// that. A well-formed offer that this server does not support gets 422, as in RFC 9725, sections 4.4.2 and 4.4.3. 409
// is in section 4.2.8.
inline constexpr ErrorCode kErrorCodes[] = {
    {"bad-sdp", ErrorCode::Of::offer, kPolicyViolation, 400, 0, "the offer is malformed or cannot be answered"},
    {"no-video", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "the offer has no video section"},
    {"not-receiving", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "no video section of the offer receives"},
    {"no-codec", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "no offered codec is one that this server sends"},
    {"h264-mode", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "H.264 only without `packetization-mode=1`"},
    {"h264-profile", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "H.264 without Baseline, Main and High profile"},
    {"weak-fingerprint", ErrorCode::Of::offer, kPolicyViolation, 422, 0, "the fingerprint uses a weak hash function"},
    {"too-many-viewers", ErrorCode::Of::offer, kTryAgainLater, 503, 10, "`CS_MAX_VIEWERS` viewers have a session"},
    {"too-many-pending", ErrorCode::Of::offer, kTryAgainLater, 503, 2, "too many sessions are not connected yet"},
    {"too-many-offers", ErrorCode::Of::offer, kTryAgainLater, 503, 2, "too many offers from the client's network"},
    {"no-room", ErrorCode::Of::offer, kTryAgainLater, 503, 5, "the system lacks threads or file descriptors"},
    {"server-error", ErrorCode::Of::offer, kInternalError, 500, 1, "the server could not create the session"},
    {"bad-offer", ErrorCode::Of::session, kInternalError, 400, 0, "the WebRTC library rejected the offer"},
    {"certificate-mismatch", ErrorCode::Of::session, kInternalError, 403, 0,
     "the DTLS certificate does not match the fingerprint of the offer"},
    {"no-pictures", ErrorCode::Of::session, kInternalError, 409, 5, "no encoder works"},
    {"no-port", ErrorCode::Of::session, kInternalError, 503, 5, "no free port for media"},
    {"busy", ErrorCode::Of::session, kTryAgainLater, 503, 1, "the message queue of the server is full"},
    {"displaced", ErrorCode::Of::session, kTryAgainLater, 503, 2, "not connected yet, and other viewers wait"},
    {"not-connected", ErrorCode::Of::session, kInternalError, 504, 1, "no media connection in time"},
    {"ice-failed", ErrorCode::Of::session, kInternalError, 504, 1, "ICE found no working pair, or lost it"},
    {"dtls-failed", ErrorCode::Of::session, kInternalError, 504, 1, "the DTLS handshake failed"},
    {"vanished", ErrorCode::Of::session, kInternalError, 504, 1, "no packets from the client for a while"},
    {"media-failed", ErrorCode::Of::session, kInternalError, 500, 1, "the pipeline of the viewer failed"},
};

/// The row of a code. A code without a row fails the session: 1011, and 500 without a retry. Pure.
[[nodiscard]] constexpr ErrorCode error_code(std::string_view code) {
  for (const ErrorCode& row : kErrorCodes)
    if (row.code == code) return row;
  return {code, ErrorCode::Of::session, kInternalError, 500, 0, ""};
}

}  // namespace cs
