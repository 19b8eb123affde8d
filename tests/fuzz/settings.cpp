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
#include "config/table.hpp"
#include "config/values.hpp"
#include "fuzz/fuzz.hpp"

namespace cs {
namespace {

using test::must;

const Allowed kAllowed = {.encoders = {"x264enc", "vp8enc"}, .scenes = {"cube"}};

void look(const Parsed& parsed) {
  const auto is_line = [](const std::string& text) {
    return !text.empty() && !test::has_control(text) &&
           g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr);
  };
  for (const auto* sentences : {&parsed.errors, &parsed.warnings})
    for (const std::string& sentence : *sentences) must(is_line(sentence), "a complaint is one line of text");
  must(parsed.errors.empty() == parsed.wrong.empty(), "each mistake has a sentence, and each sentence a mistake");
  if (!parsed.errors.empty()) return;

  // What is good can be written down and read again.
  std::vector<std::string> entries;
  for (const auto& [name, value] : changed_settings(parsed.settings)) {
    if (value == "(set)" || value == "none") return;  // which is not what was written, or may be a host's name
    entries.push_back(name + "=" + value);
  }
  const Parsed again = read_settings(entries, kAllowed);
  must(again.errors.empty(), "what was good is good again");
  must(changed_settings(again.settings) == changed_settings(parsed.settings), "and means the same");
}

/// No sentence tells a password or a token.
void look_for_secrets(const Parsed& parsed, const std::vector<std::string>& environment) {
  for (const std::string& entry : environment) {
    const std::string_view secret = std::string_view(entry).substr(std::min(entry.find('=') + 1, entry.size()));
    const bool is_one = entry.starts_with("CS_TURN_PASS=") || entry.starts_with("CS_TURN_SECRET=") ||
                        entry.starts_with("CS_AUTH_TOKEN=");
    if (!is_one || secret.size() < 12 || secret.find_first_of(" \"\\") != secret.npos) continue;
    for (const std::string& other : environment)
      if (&other != &entry && other.find(secret) != other.npos) return;  // somebody says it elsewhere
    for (const auto* sentences : {&parsed.errors, &parsed.warnings})
      for (const std::string& sentence : *sentences)
        must(
            sentence.find(secret) == sentence.npos || std::string_view(help_text(kAllowed)).find(secret) != secret.npos,
            "no sentence tells a password");
  }
}

/// As what CS_AUTH_TOKEN_FILE or CS_TURN_SECRET_FILE names.
void look_at_secret_files(std::string_view contents) {
  static const int file = memfd_create("secret", 0);
  must(ftruncate(file, 0) == 0 && pwrite(file, contents.data(), contents.size(), 0) == std::ssize(contents),
       "there is such a file");
  const auto look_at = [&](std::string Settings::*path, const auto& secret, const auto& is_good) {
    Parsed parsed;
    parsed.settings.*path = "/proc/self/fd/" + std::to_string(file);
    read_secret_files(parsed);
    const std::string& read = secret(parsed.settings);
    must(parsed.errors.empty() == !read.empty(), "a file holds a secret or is complained of");
    must(read.empty() || (is_good(read) && contents.starts_with(read)), "which is the secret");
  };
  look_at(
      &Settings::token_file, [](const Settings& s) { return s.access.token; }, is_token);
  look_at(
      &Settings::turn_secret_file, [](const Settings& s) { return s.ice.servers.turn_secret; }, is_credential);
}

void look_at_command_line(std::string_view input) {
  std::vector<std::string> words;
  while (!input.empty()) {
    const std::string_view word = test::cut(input, "\n");
    words.emplace_back(word.substr(0, word.find('\0')));  // as execve() has them
  }
  std::vector<const char*> arguments;
  for (const std::string& word : words) arguments.push_back(word.c_str());
  const CommandLine line = read_command_line(arguments);
  must((line.action == CommandLine::Action::refuse) == !line.complaint.empty(), "what is refused has a sentence");
  must(!test::has_control(line.complaint), "a complaint is one line");
}

}  // namespace

/// Lines "NAME=value".
void fuzz(std::string_view input) {
  look_at_command_line(input);
  look_at_secret_files(input);
  must(spelling_distance(input.substr(0, 40), "CS_PORT") >= 0, "a distance is one");
  must(without_credentials(input).size() <= input.size() + 3, "what is left out is not there");
  std::vector<std::string> environment;
  while (!input.empty()) environment.emplace_back(test::cut(input, "\n"));
  const Parsed parsed = read_settings(environment, kAllowed);
  look(parsed);
  look_for_secrets(parsed, environment);
}

}  // namespace cs
