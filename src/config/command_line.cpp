// SPDX-License-Identifier: MIT
#include "config/command_line.hpp"

#include <algorithm>
#include <string_view>

#include "config/table.hpp"
#include "config/values.hpp"

namespace cs {

CommandLine read_command_line(std::span<const char* const> arguments) {
  using Action = CommandLine::Action;
  CommandLine result;
  // Of several options the one that does least wins: help before version before check before health.
  const auto ask = [&](Action action) {
    if (result.action == Action::run || action < result.action) result.action = action;
  };
  if (arguments.size() == 2 && std::string_view(arguments[0]) == "--try-encoder")
    return {.action = Action::try_encoder, .encoder = arguments[1]};
  for (const std::string_view argument : arguments) {
    if (argument == "--help")
      ask(Action::help);
    else if (argument == "--version")
      ask(Action::version);
    else if (argument == "--check" || argument == "--check=json") {
      ask(Action::check);
      result.json = result.json || argument != "--check";
    } else if (argument == "--health")
      ask(Action::health);
    else
      return {.action = Action::refuse,
              .complaint = "cubestreamd does not know the argument " + in_quotes(argument) +
                           "; it takes --help, --version, --check or --health, and its settings from CS_ environment "
                           "variables"};
  }
  return result;
}

std::string help_text(const Allowed& allowed) {
  std::string text =
      "cubestreamd renders a 3D scene and streams it to web browsers by WebRTC.\n"
      "\n"
      "Usage: cubestreamd [--help | --version | --check[=json] | --health]\n"
      "\n"
      "  --help     print this text\n"
      "  --version  print the version\n"
      "  --check    try everything that the service needs with these settings, and say what works\n"
      "  --health   ask the service that runs with these settings whether it is well; exit code 0: it is\n"
      "\n"
      "Settings are environment variables. An empty one counts as not set.\n"
      "\n";
  for (const SettingRow& row : settings_table()) {
    const std::string standard = shown(row, Settings{});
    text += "  " + std::string(row.name) + (standard == "none" ? " (none)" : "=" + standard) + "\n      " +
            std::string(row.meaning) + "\n      allowed: " + allowed_values(row, allowed) + "\n";
  }
  text +=
      "\n"
      "Signals:\n"
      "  SIGTERM, SIGINT  say goodbye to every viewer and exit\n"
      "  SIGUSR1          write all counters to the log\n"
      "\n"
      "Exit codes:\n"
      "  0  stopped by a signal, or all is good\n"
      "  1  could not start or go on, or a setting is wrong, or --check found that; the log or the table says why\n"
      "  2  the command line was not understood\n";
  return text;
}

}  // namespace cs
