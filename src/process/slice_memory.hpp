// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Makes GLib before 2.76 allocate its slices with malloc(): its own allocator never returns memory, some 10 MB after
/// many viewers. It reads its environment before main(), so this executes the program again with G_SLICE set, in the
/// same process. Returns when that is not necessary, or not possible: then a sentence that says why. Main thread only,
/// before there are others.
[[nodiscard]] std::string allocate_slices_with_malloc(char* const* argv);

}  // namespace cs
