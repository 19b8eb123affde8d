// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "config/settings.hpp"

namespace cs {

/// What the command line asks for.
struct CommandLine {
  enum class Action { run, help, version, check, health, refuse };
  Action action = Action::run;
  std::string complaint;  ///< with refuse: the sentence; the exit code is then kExitUsage
};

constexpr int kExitFailure = 1;  ///< could not start or go on, or the settings are wrong
constexpr int kExitUsage = 2;    ///< a command line that is not understood

/// `arguments` without the program's name. Pure.
[[nodiscard]] CommandLine read_command_line(std::span<const char* const> arguments);

/// What --help prints. Pure.
[[nodiscard]] std::string help_text(const Allowed& allowed);

}  // namespace cs
