// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

// Close codes of WebSocket: RFC 6455, section 7.4.1, and the IANA registry.
inline constexpr std::uint16_t kNormalClosure = 1000;
inline constexpr std::uint16_t kGoingAway = 1001;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kMessageTooBig = 1009;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kTryAgainLater = 1013;

}  // namespace cs
