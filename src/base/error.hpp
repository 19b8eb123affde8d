// SPDX-License-Identifier: MIT
#pragma once

#include <stdexcept>

namespace cs {

/// The service cannot start or cannot go on. `what()` is a sentence: what could not be done, to which thing, why, and
/// the way out where known.
class StartupError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace cs
