// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>

#include "cubestream/clock.hpp"

namespace cs {

/// A packet that left here and that the peer says it has.
struct PacketReport {
  TimePoint sent;
  std::chrono::microseconds arrival;  ///< by the peer's clock, of which only differences mean something
  int bytes = 0;
};

}  // namespace cs
