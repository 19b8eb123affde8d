// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>

#include "config/settings.hpp"

namespace cs {

/// What the command line asks for.
struct CommandLine {
  /// Of several, the first here is done. try_encoder is no option for people: the service runs itself with it.
  enum class Action { run, help, version, check, health, try_encoder, refuse };
  Action action = Action::run;
  bool json = false;           ///< with check: for machines
  std::string encoder = {};    ///< with try_encoder: which
  std::string complaint = {};  ///< with refuse: the sentence; the exit code is then kExitUsage
};

constexpr int kExitFailure = 1;  ///< could not start or go on, or the settings are wrong
constexpr int kExitUsage = 2;    ///< a command line that is not understood

/// `arguments` without the program's name. Pure.
[[nodiscard]] CommandLine read_command_line(std::span<const char* const> arguments);

/// What --help prints. Pure.
[[nodiscard]] std::string help_text(const Allowed& allowed);

}  // namespace cs
