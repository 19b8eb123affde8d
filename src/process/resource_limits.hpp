// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

// GLib ends the process when the system refuses it a thread, or a descriptor for one that has to wait, in the middle of
// something. So who is about to make it want some looks first whether they could be had, by having them for a moment.

/// Whether this process may have so many threads more (some 20 µs each). Any thread.
[[nodiscard]] bool can_create_threads(int count);

/// Whether this process may have so many file descriptors more. Any thread.
[[nodiscard]] bool can_open_descriptors(int count);

}  // namespace cs
