// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "net/one_way.hpp"

namespace cs {

/// A parsed command line.
struct LinkCommand {
  enum class Which { both, down, up };
  enum class What { settings, blackout, stats };
  Which which = Which::both;
  What what = What::settings;
  std::chrono::nanoseconds blackout{0};
};

/// Parses "[up|down] SETTING NUMBER", "[up|down] blackout MILLISECONDS" or "stats". A setting changes `down` and `up`,
/// the current settings. Empty: the line is invalid and `why` says what is wrong. Pure.
[[nodiscard]] std::optional<LinkCommand> understand(std::string_view line, LinkSettings& down, LinkSettings& up,
                                                    std::string& why);

}  // namespace cs
