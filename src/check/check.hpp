// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cs {

enum class CheckResult {
  ok,
  warning,  ///< the service starts, but not as one may want it
  failed,   ///< it would not start, or nobody would see a picture
  skipped   ///< there is nothing to check, or no way to
};

/// One line of the self-test. A plain value.
struct Check {
  std::string name = {};
  CheckResult result = CheckResult::ok;
  std::string sentence = {};
  std::vector<std::pair<std::string, double>> figures = {};  ///< for machines; the names say the units
};

}  // namespace cs
