// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <span>
#include <string>

#include "access/role.hpp"
#include "config/settings.hpp"

namespace cs {

/// Options of --sign-link: the role that the link grants, its lifetime and the address of the page.
struct LinkWish {
  Role role = Role::view;
  std::chrono::seconds lasts = std::chrono::hours(24);
  std::string base = {};     ///< empty: from CS_HOST and CS_PORT
  std::string name = {};     ///< of the person who gets the link; empty: none
  std::string warning = {};  ///< a sentence for the standard error; empty: none
};

/// The parsed command line.
struct CommandLine {
  /// Ordered by priority: of several options the first one here wins. probe_encoder is internal: the service starts
  /// itself with it.
  enum class Action { run, help, version, check, health, sign_link, probe_encoder, refuse };
  Action action = Action::run;
  bool json = false;  ///< with check: JSON output
  LinkWish link = {};
  std::string encoder = {};    ///< with probe_encoder: name of the element
  std::string complaint = {};  ///< with refuse: the error text; the exit code is kExitUsage
};

constexpr int kExitFailure = 1;  ///< the service failed, or the settings are wrong
constexpr int kExitUsage = 2;    ///< the command line is wrong

/// Parses the command line. `arguments` does not contain the program name. Pure.
[[nodiscard]] CommandLine read_command_line(std::span<const char* const> arguments);

/// The text of --help. Pure.
[[nodiscard]] std::string help_text(const Allowed& allowed);

}  // namespace cs
