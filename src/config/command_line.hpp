// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "config/settings.hpp"
#include "cubestream/role.hpp"

namespace cs {

/// With sign_link: what the link shall allow, for how long, and the address of the page it leads to.
struct LinkWish {
  Role role = Role::view;
  std::chrono::seconds lasts = std::chrono::hours(24);
  std::string base = {};  ///< empty: what CS_HOST and CS_PORT say
};

/// What the command line asks for.
struct CommandLine {
  /// Of several, the first here is done. probe_encoder is no option for people: the service runs itself with it.
  enum class Action { run, help, version, check, health, sign_link, probe_encoder, refuse };
  Action action = Action::run;
  bool json = false;  ///< with check: for machines
  LinkWish link = {};
  std::string encoder = {};    ///< with probe_encoder: which
  std::string complaint = {};  ///< with refuse: the sentence; the exit code is then kExitUsage
};

constexpr int kExitFailure = 1;  ///< could not start or go on, or the settings are wrong
constexpr int kExitUsage = 2;    ///< a command line that is not understood

/// `arguments` without the program's name. Pure.
[[nodiscard]] CommandLine read_command_line(std::span<const char* const> arguments);

/// What --help prints. Pure.
[[nodiscard]] std::string help_text(const Allowed& allowed);

}  // namespace cs
