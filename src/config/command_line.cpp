// SPDX-License-Identifier: MIT
#include "config/command_line.hpp"

#include <algorithm>
#include <optional>
#include <string_view>
#include <utility>

#include "access/link_token.hpp"
#include "config/settings_table.hpp"
#include "config/values.hpp"
#include "network/origin.hpp"

namespace cs {

namespace {

using Action = CommandLine::Action;

CommandLine refuse(std::string complaint) {
  return {.action = Action::refuse, .complaint = std::move(complaint)};
}

/// An http:// or https:// page address without query and fragment, with a trailing slash; nullopt: not one.
std::optional<std::string> page_base(std::string_view text) {
  const auto scheme = text.find("://");
  const auto slash = scheme == text.npos ? text.npos : std::min(text.find('/', scheme + 3), text.size());
  if (scheme == text.npos || !Origin::parse(text.substr(0, slash)) || text.find_first_of("#? ") != text.npos)
    return std::nullopt;
  if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
  return std::string(text) + (text.ends_with('/') ? "" : "/");
}

/// Reads one option of --sign-link. Returns false if the value is invalid.
bool read_link_option(LinkWish& link, std::string_view name, std::string_view value) {
  if (name == "--role") {
    if (value == "admin") {
      link.role = Role::control;
      link.warning = "the role admin is deprecated, because it is the same as control";
      return true;
    }
    const auto role = role_named(value);
    link.role = role.value_or(link.role);
    return role.has_value();
  }
  if (name == "--expires") {
    const auto lasts = time_span(value);
    link.lasts = lasts.value_or(link.lasts);
    return lasts.has_value();
  }
  if (name == "--name") {
    link.name = value;
    return is_link_name(value);
  }
  const auto base = page_base(value);
  link.base = base.value_or("");
  return base.has_value();
}

/// `arguments`: those after --sign-link.
CommandLine read_sign_link(std::span<const char* const> arguments) {
  CommandLine result{.action = Action::sign_link};
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view name = arguments[i];
    if (name == "--help") return {.action = Action::help};
    const auto equals = name.find('=');
    std::string_view value = equals == name.npos ? "" : name.substr(equals + 1);
    name = name.substr(0, equals);
    if (name != "--role" && name != "--expires" && name != "--base" && name != "--name")
      return refuse("--sign-link: unknown argument " + in_quotes(name) +
                    "; allowed are --role, --expires, --name and --base");
    if (equals == name.npos && i + 1 < arguments.size()) value = arguments[++i];
    if (!read_link_option(result.link, name, value))
      return refuse(std::string(name) + " cannot be " + in_quotes(value) +
                    "; --role must be view or control, --expires a duration such as 30m, 2h or 7d, --name 1 "
                    "to 48 bytes of text, --base the address of the page such as https://cube.example/");
  }
  return result;
}

}  // namespace

CommandLine read_command_line(std::span<const char* const> arguments) {
  CommandLine result;
  // Of several options the first in this order wins: help, version, check, health.
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
      return refuse("unknown argument " + in_quotes(argument) +
                    "; allowed are --help, --version, --check or --health, or --sign-link as the first argument; "
                    "settings are CS_ environment variables");
  }
  return result;
}

std::string help_text(const Allowed& allowed) {
  std::string text =
      "cubestreamd renders a 3D scene and streams it to web browsers over WebRTC.\n"
      "\n"
      "Usage: cubestreamd [--help | --version | --check[=json] | --health | --sign-link]\n"
      "\n"
      "  --help       print this text\n"
      "  --version    print the version\n"
      "  --check      test everything the service needs with these settings, and print the results\n"
      "  --health     ask the service that runs with these settings whether it is healthy; exit code 0: healthy\n"
      "  --sign-link  print a link that gives access, signed with CS_AUTH_TOKEN; options after it: --role view or\n"
      "               control (default: view), --expires 30m, 2h or 7d (default: 24h), --name with the name of\n"
      "               the person, which other viewers see, and --base with the address of the page, such as\n"
      "               https://cube.example/ (default: from CS_HOST and CS_PORT)\n"
      "\n"
      "Settings are environment variables. An empty variable counts as not set.\n"
      "\n";
  for (const SettingRow& row : settings_table()) {
    const std::string standard = shown(row, Settings{});
    text += "  " + std::string(row.name) + (standard == "none" ? " (none)" : "=" + standard) + "\n      " +
            std::string(row.meaning) + "\n      allowed: " + allowed_values(row, allowed) + "\n";
  }
  text +=
      "\n"
      "Signals:\n"
      "  SIGTERM, SIGINT  close all sessions and exit\n"
      "  SIGHUP           reload CS_TLS_CERT and CS_TLS_KEY\n"
      "  SIGUSR1          write all counters to the log\n"
      "\n"
      "Exit codes:\n"
      "  0  stopped by a signal, or success\n"
      "  1  the service failed, a setting is wrong, or --check or --health failed; the log or the output gives the\n"
      "     reason\n"
      "  2  the command line is wrong\n";
  return text;
}

}  // namespace cs
