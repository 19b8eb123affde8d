// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// A sent packet that the peer has reported as received.
struct PacketReport {
  TimePoint sent;
  std::chrono::microseconds arrival;  ///< by the peer's clock: only differences are meaningful
  int bytes = 0;
};

}  // namespace cs
