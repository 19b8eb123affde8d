// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// When the picture is recorded, as long as nobody says otherwise.
enum class RecordMode {
  off,     ///< only when asked to
  on,      ///< from the start on, with nobody watching too
  viewers  ///< while somebody watches
};

}  // namespace cs
