// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

namespace cs {

/// The least time between two keyframes of a stream on average, however many are asked for; two may come in a row.
inline constexpr std::chrono::milliseconds kKeyframeInterval{500};

/// Why a keyframe is wanted.
enum class KeyframeCause {
  none,
  start,     ///< an encoder begins
  newcomer,  ///< somebody begins to watch
  gap,       ///< somebody lost pictures on this side
  request    ///< somebody who watches asks (PLI, FIR)
};

}  // namespace cs
