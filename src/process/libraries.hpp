// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// Keeps every library that is loaded now loaded for ever, whoever closes it. Any thread.
void keep_libraries_loaded();

}  // namespace cs
