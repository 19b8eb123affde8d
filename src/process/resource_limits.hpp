// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

// GLib aborts the process when it cannot create a thread, or a file descriptor for a waiting thread. So callers check
// beforehand whether the resources are available, by allocating them for a moment.

/// Whether this process can create `count` more threads. Takes about 20 µs per thread. Any thread.
[[nodiscard]] bool can_create_threads(int count);

/// Whether this process can open `count` more file descriptors. Any thread.
[[nodiscard]] bool can_open_descriptors(int count);

}  // namespace cs
