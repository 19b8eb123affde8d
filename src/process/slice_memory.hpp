// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Makes GLib before 2.76 allocate its slices with malloc(): its own allocator never returns memory, about 10 MB after
/// many viewers. GLib reads its environment before main(), so this executes the program again in the same process, with
/// G_SLICE set. Returns an empty text if that is not necessary, or a warning if it is not possible. Main thread only,
/// before other threads are started.
[[nodiscard]] std::string allocate_slices_with_malloc(char* const* argv);

}  // namespace cs
