// SPDX-License-Identifier: MIT
#include "service/vigil.hpp"

#include <fmt/core.h>

#include <chrono>

namespace cs {

Vigil::Verdict Vigil::judge(const std::vector<Silence>& silences) {
  Verdict verdict;
  for (const auto& [name, silence] : silences) {
    if (silence && *silence > timeout_) {
      verdict.all_well = false;
      if (stuck_.insert(name).second)
        verdict.errors.push_back(fmt::format("{} stands still: nothing came of it for {:.1f} s", name,
                                             std::chrono::duration<double>(*silence).count()));
    } else if (stuck_.erase(name) > 0) {
      verdict.notes.push_back(name + " goes on");
    }
  }
  return verdict;
}

}  // namespace cs
