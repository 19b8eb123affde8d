// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <string_view>

namespace cs {

/// Which clients may send input to the scene; the values of CS_CONTROL.
enum class ControlMode {
  automatic,  ///< as `one`; without a token, only clients on this machine
  none,
  one,  ///< one client at a time, of those whose role is control
  all   ///< all clients whose role is control
};

/// The setting's values, in the order of ControlMode.
inline constexpr std::array<std::string_view, 4> kControlModes = {"auto", "none", "one", "all"};

}  // namespace cs
