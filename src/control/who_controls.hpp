// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "cubestream/control_mode.hpp"

namespace cs {

/// Who may send input, a line for the log. Pure.
[[nodiscard]] inline std::string who_controls(ControlMode mode, bool has_token) {
  const std::string who = has_token ? "viewers with a link of the role control" : "all viewers";
  switch (mode) {
    case ControlMode::none:
      return "input: switched off (CS_CONTROL=none)";
    case ControlMode::one:
      return "input: one viewer at a time; may control: " + who;
    case ControlMode::all:
      return "input: several viewers at once; may control: " + who;
    case ControlMode::automatic:
      break;
  }
  if (has_token) return "input: one viewer at a time; may control: " + who;
  return "input: one viewer at a time; may control: only viewers on this machine, because no CS_AUTH_TOKEN is set; "
         "CS_CONTROL=one permits all";
}

}  // namespace cs
