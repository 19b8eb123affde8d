// SPDX-License-Identifier: MIT
#include "service/stall_detector.hpp"

#include <fmt/core.h>

#include <chrono>

namespace cs {

StallDetector::Report StallDetector::check(const std::vector<Silence>& silences) {
  Report report;
  for (const auto& [name, silence] : silences) {
    if (silence && *silence > timeout_) {
      report.all_well = false;
      if (stuck_.insert(name).second)
        report.errors.push_back(
            fmt::format("{}: no progress for {:.1f} s", name, std::chrono::duration<double>(*silence).count()));
    } else if (stuck_.erase(name) > 0) {
      report.notes.push_back(name + ": makes progress again");
    }
  }
  return report;
}

}  // namespace cs
