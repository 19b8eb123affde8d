// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace cs {

/// While this is not 0, send_burst() sends nothing and fails with this errno. What libnice sends by itself is not
/// affected.
extern std::atomic<int> burst_error;

}  // namespace cs
