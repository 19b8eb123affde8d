// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace cs {

// Faults of the driver, as when its memory or the graphics card is gone. Each is on while its switch is true.

/// No buffer can be mapped.
extern std::atomic<bool> gl_map_fails;

/// glUnmapBuffer reports that the mapped data was lost.
extern std::atomic<bool> gl_unmap_fails;

/// Waiting for a fence times out, at once.
extern std::atomic<bool> gl_fence_times_out;

/// glReadPixels copies nothing and leaves a GL error.
extern std::atomic<bool> gl_read_fails;

}  // namespace cs
