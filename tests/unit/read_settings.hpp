// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "config/settings.hpp"

namespace cs {

/// The names that the tests of the settings allow.
inline const Allowed kAllowed = {{"x264enc", "openh264enc"}, {"cube"}};

inline Parsed read(const std::vector<std::string>& environment) {
  return read_settings(environment, kAllowed);
}

}  // namespace cs
