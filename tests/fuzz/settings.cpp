// SPDX-License-Identifier: MIT
#include "config/settings.hpp"

#include <glib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "config/command_line.hpp"
#include "config/settings_table.hpp"
#include "config/values.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

const Allowed kAllowed = {.encoders = {"x264enc", "vp8enc"}, .scenes = {"cube"}};

void check(const Parsed& parsed) {
  const auto is_line = [](const std::string& text) {
    return !text.empty() && !test::has_control(text) &&
           g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr);
  };
  for (const auto* sentences : {&parsed.errors, &parsed.warnings})
    for (const std::string& sentence : *sentences) must(is_line(sentence), "a message is one line of text");
  must(parsed.errors.empty() == parsed.wrong.empty(), "each error has a message, and each message an error");
  if (!parsed.errors.empty()) return;

  // Valid settings can be serialised and parsed again.
  std::vector<std::string> entries;
  for (const auto& [name, value] : changed_settings(parsed.settings)) {
    if (value == "(set)" || value == "none") return;  // the value is hidden or ambiguous
    entries.push_back(name + "=" + value);
  }
  const Parsed again = read_settings(entries, kAllowed);
  must(again.errors.empty(), "serialised valid settings are valid");
  must(changed_settings(again.settings) == changed_settings(parsed.settings),
       "serialised settings have the same meaning");
}

/// Expects that no message contains a password or a token.
void check_for_secrets(const Parsed& parsed, const std::vector<std::string>& environment) {
  for (const std::string& entry : environment) {
    const std::string_view secret = std::string_view(entry).substr(std::min(entry.find('=') + 1, entry.size()));
    const bool is_one = entry.starts_with("CS_TURN_PASS=") || entry.starts_with("CS_TURN_SECRET=") ||
                        entry.starts_with("CS_AUTH_TOKEN=");
    if (!is_one || secret.size() < 12 || secret.find_first_of(" \"\\") != secret.npos) continue;
    for (const std::string& other : environment)
      if (&other != &entry && other.find(secret) != other.npos) return;  // another entry contains the secret
    for (const auto* sentences : {&parsed.errors, &parsed.warnings})
      for (const std::string& sentence : *sentences)
        must(
            sentence.find(secret) == sentence.npos || std::string_view(help_text(kAllowed)).find(secret) != secret.npos,
            "no message contains a password");
  }
}

/// Uses the input as the file of CS_AUTH_TOKEN_FILE or CS_TURN_SECRET_FILE.
void check_secret_files(std::string_view contents) {
  static const int file = memfd_create("secret", 0);
  must(ftruncate(file, 0) == 0 && pwrite(file, contents.data(), contents.size(), 0) == std::ssize(contents),
       "the file can be written");
  const auto check_file = [&](std::string Settings::*path, const auto& secret, const auto& is_good) {
    Parsed parsed;
    parsed.settings.*path = "/proc/self/fd/" + std::to_string(file);
    read_secret_files(parsed);
    const std::string& read = secret(parsed.settings);
    must(parsed.errors.empty() == !read.empty(), "a file contains a secret or causes an error");
    must(read.empty() || (is_good(read) && contents.starts_with(read)), "the secret is the file content");
  };
  check_file(
      &Settings::token_file, [](const Settings& s) { return s.access.token; }, is_token);
  check_file(
      &Settings::turn_secret_file, [](const Settings& s) { return s.ice.servers.turn_secret; }, is_credential);
}

void check_command_line(std::string_view input) {
  std::vector<std::string> words;
  while (!input.empty()) {
    const std::string_view word = test::cut(input, "\n");
    words.emplace_back(word.substr(0, word.find('\0')));  // NUL-terminated, as for execve()
  }
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const CommandLine line = read_command_line(arguments);
  must((line.action == CommandLine::Action::refuse) == !line.complaint.empty(), "a refused command line has a message");
  must(!test::has_control(line.complaint), "a message is one line");
}

}  // namespace

/// Input: lines "NAME=value".
void fuzz(std::string_view input) {
  check_command_line(input);
  check_secret_files(input);
  must(spelling_distance(input.substr(0, 40), "CS_PORT") >= 0, "a distance is not negative");
  must(without_credentials(input).size() <= input.size() + 3, "removed credentials do not make the text longer");
  std::vector<std::string> environment;
  while (!input.empty()) environment.emplace_back(test::cut(input, "\n"));
  const Parsed parsed = read_settings(environment, kAllowed);
  check(parsed);
  check_for_secrets(parsed, environment);
}

}  // namespace cs
