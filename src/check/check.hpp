// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace cs {

enum class CheckResult {
  ok,
  warning,  ///< the service starts, but something may be wrong
  failed,   ///< the service would not start, or no viewer would see a picture
  skipped   ///< nothing to check, or the check is not possible
};

/// One line of the --check report. A plain value.
struct Check {
  std::string name = {};
  CheckResult result = CheckResult::ok;
  std::string sentence = {};
  std::vector<std::pair<std::string, double>> figures = {};  ///< for the JSON report; the names contain the units
};

}  // namespace cs
