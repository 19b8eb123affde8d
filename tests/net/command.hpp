// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/one_way.hpp"

namespace cs {

/// A line that was understood.
struct LinkCommand {
  enum class Which { both, down, up };
  enum class What { settings, blackout, stats };
  Which which = Which::both;
  What what = What::settings;
  std::chrono::nanoseconds blackout{0};
};

/// Reads "[up|down] WORD NUMBER" or "stats"; changes `down` and `up`, the settings so far, where the word is a setting.
/// None: `why` says what is wrong with it. Pure.
[[nodiscard]] std::optional<LinkCommand> understand(std::string_view line, LinkSettings& down, LinkSettings& up,
                                                    std::string& why);

}  // namespace cs
