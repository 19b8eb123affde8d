// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <vector>

#include "cubestream/client_event.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// A batch of input of one client, for measuring when its effect is seen.
struct InputBatchId {
  ClientId client = 0;
  std::uint32_t number = 0;  ///< counted by the client
  double client_time = 0;    ///< by the client's clock, in ms; returned to it
  TimePoint received_at = {};
};

/// What became of the latest batch of a client.
struct AppliedBatch {
  InputBatchId batch;
  TimePoint applied_at;  ///< given to the scene
  TimePoint drawn_at;    ///< the frame was complete
  TimePoint encoded_at;
  TimePoint captured_at;  ///< identifies the frame, as in AccessUnit
};

}  // namespace cs
