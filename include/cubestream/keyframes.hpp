// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace cs {

/// Minimum average time between two keyframes of a stream, however many are requested; two may follow each other
/// directly.
inline constexpr std::chrono::milliseconds kKeyframeInterval{500};

/// Why a keyframe is requested.
enum class KeyframeCause {
  none,
  start,     ///< an encoder starts
  newcomer,  ///< a new viewer
  gap,       ///< the server dropped access units of a viewer
  request    ///< a viewer requests it (PLI, FIR)
};

}  // namespace cs
