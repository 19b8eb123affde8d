// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>

namespace cs {

// Simulated driver faults, for example out of memory or a lost graphics card. Each is active while its switch is true.

/// glMapBufferRange fails.
extern std::atomic<bool> gl_map_fails;

/// glUnmapBuffer reports that the mapped data was lost.
extern std::atomic<bool> gl_unmap_fails;

/// glClientWaitSync reports a timeout immediately.
extern std::atomic<bool> gl_fence_times_out;

/// glReadPixels copies nothing and leaves a GL error.
extern std::atomic<bool> gl_read_fails;

}  // namespace cs
