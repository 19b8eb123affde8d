// SPDX-License-Identifier: MIT
#include "config/command_line.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "config/table.hpp"
#include "config/values.hpp"
#include "network/origin.hpp"

namespace cs {

namespace {

using Action = CommandLine::Action;

CommandLine refuse(std::string complaint) {
  return {.action = Action::refuse, .complaint = std::move(complaint)};
}

/// The address of a page, as far as it can be told from other things; with a slash at its end.
std::optional<std::string> page_base(std::string_view text) {
  const auto scheme = text.find("://");
  const auto slash = scheme == text.npos ? text.npos : std::min(text.find('/', scheme + 3), text.size());
  if (scheme == text.npos || !Origin::parse(text.substr(0, slash)) || text.find_first_of("#? ") != text.npos)
    return std::nullopt;
  if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
  return std::string(text) + (text.ends_with('/') ? "" : "/");
}

/// One word of --sign-link and its value. False: the value is none.
bool read_wish(LinkWish& link, std::string_view name, std::string_view value) {
  if (name == "--role") {
    const auto role = role_named(value);
    link.role = role.value_or(link.role);
    return role.has_value();
  }
  if (name == "--expires") {
    const auto lasts = time_span(value);
    link.lasts = lasts.value_or(link.lasts);
    return lasts.has_value();
  }
  const auto base = page_base(value);
  link.base = base.value_or("");
  return base.has_value();
}

/// `arguments` without --sign-link itself.
CommandLine read_sign_link(std::span<const char* const> arguments) {
  CommandLine result{.action = Action::sign_link};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (name == "--help") return {.action = Action::help};
    const auto equals = name.find('=');
    std::string_view value = equals == name.npos ? "" : name.substr(equals + 1);
    name = name.substr(0, equals);
    if (name != "--role" && name != "--expires" && name != "--base")
      return refuse("--sign-link does not know the argument " + in_quotes(name) +
                    "; it takes --role, --expires and --base");
    if (equals == name.npos && i + 1 < arguments.size()) value = arguments[++i];
    if (!read_wish(result.link, name, value))
      return refuse(std::string(name) + " cannot be " + in_quotes(value) +
                    "; --role is view, control or admin, --expires a time such as 30m, 2h or 7d, --base the page's "
                    "address such as https://cube.example/");
  }
  return result;
}

}  // namespace

CommandLine read_command_line(std::span<const char* const> arguments) {
  CommandLine result;
  // Of several options the one that does least wins: help before version before check before health.
  const auto ask = [&](Action action) {
    if (result.action == Action::run || action < result.action) result.action = action;
  };
  if (arguments.size() == 2 && std::string_view(arguments[0]) == "--try-encoder")
    return {.action = Action::probe_encoder, .encoder = arguments[1]};
  if (!arguments.empty() && std::string_view(arguments[0]) == "--sign-link")
    return read_sign_link(arguments.subspan(1));
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
      return refuse("cubestreamd does not know the argument " + in_quotes(argument) +
                    "; it takes --help, --version, --check or --health, --sign-link before all others, and its "
                    "settings from CS_ environment variables");
  }
  return result;
}

std::string help_text(const Allowed& allowed) {
  std::string text =
      "cubestreamd renders a 3D scene and streams it to web browsers by WebRTC.\n"
      "\n"
      "Usage: cubestreamd [--help | --version | --check[=json] | --health | --sign-link]\n"
      "\n"
      "  --help       print this text\n"
      "  --version    print the version\n"
      "  --check      try everything that the service needs with these settings, and say what works\n"
      "  --health     ask the service that runs with these settings whether it is well; exit code 0: it is\n"
      "  --sign-link  print an address that lets whoever has it watch, signed with CS_AUTH_TOKEN; behind it may stand\n"
      "               --role view, control or admin (view), --expires 30m, 2h or 7d (24h), and --base with the page's\n"
      "               address, such as https://cube.example/ (what CS_HOST and CS_PORT say)\n"
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
      "  SIGHUP           read CS_TLS_CERT and CS_TLS_KEY again\n"
      "  SIGUSR1          write all counters to the log\n"
      "\n"
      "Exit codes:\n"
      "  0  stopped by a signal, or all is good\n"
      "  1  could not start or go on, a setting is wrong, or --check or --health found that; the log or the table "
      "says\n"
      "     why\n"
      "  2  the command line was not understood\n";
  return text;
}

}  // namespace cs
