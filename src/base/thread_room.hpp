// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Whether the system lets this process have so many threads more, found out by having them for a moment (some 20 µs
/// each). GLib ends the process when it is refused a thread in the middle of something, so who is about to make it want
/// some asks here first. Any thread.
[[nodiscard]] bool has_room_for_threads(int count);

}  // namespace cs
