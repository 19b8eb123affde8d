// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace cs {

/// While this is true the driver maps no buffer, as when its memory or the graphics card is gone.
extern std::atomic<bool> gl_map_fails;

}  // namespace cs
