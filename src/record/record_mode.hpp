// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// When to record, unless the API overrides it.
enum class RecordMode {
  off,     ///< only when started via the API
  on,      ///< always, even without viewers
  viewers  ///< while there are viewers
};

}  // namespace cs
