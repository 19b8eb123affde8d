// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace cs {

/// While this is true no write to a file returns, as with a network file system whose server is gone.
extern std::atomic<bool> disk_hangs;

/// How many writes hang at this moment.
extern std::atomic<int> hanging_writes;

}  // namespace cs
