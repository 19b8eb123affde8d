// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

namespace cs {

// RFC 6455, section 7.4.1, and the IANA registry of WebSocket close codes.
inline constexpr std::uint16_t kNormalClosure = 1000;
inline constexpr std::uint16_t kPolicyViolation = 1008;
inline constexpr std::uint16_t kInternalError = 1011;
inline constexpr std::uint16_t kTryAgainLater = 1013;

}  // namespace cs
