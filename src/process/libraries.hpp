// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Keeps all currently loaded libraries in memory until the process ends, even after dlclose(). Any thread.
void keep_libraries_loaded();

}  // namespace cs
