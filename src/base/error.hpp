// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace cs {

/// The server cannot start or cannot continue. `what()` is one sentence: what failed, on which object, the reason, and
/// the remedy if known.
class StartupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cs
