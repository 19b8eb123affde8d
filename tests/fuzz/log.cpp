// SPDX-License-Identifier: MIT
#include "log/log.hpp"

#include <glib.h>
#include <spdlog/formatter.h>

#include <nlohmann/json.hpp>
#include <string>

#include "fuzz/fuzz.hpp"
#include "log/plain_text.hpp"

namespace cs {
namespace {

using test::must;

std::string line_of(LogFormat format, const std::string& name, std::string_view message) {
  const auto formatter = log_formatter(format);
  spdlog::memory_buf_t line;
  formatter->format({name, spdlog::level::warn, spdlog::string_view_t(message.data(), message.size())}, line);
  return {line.data(), line.size()};
}

bool is_utf8(std::string text) {
  std::ranges::replace(text, '\0', ' ');  // GLib does not accept NUL as text
  return g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE;
}

/// Expects one line with its line end, without control, colour or bidirectional characters.
void must_be_plain(std::string_view line) {
  must(line.ends_with('\n') && !test::has_control(line.substr(0, line.size() - 1)), "a line of the log is one line");
  must(is_utf8(std::string(line)), "a line of the log is UTF-8");
  for (const std::string_view bad :
       {"\xc2\x85", "\xc2\x9b", "\xe2\x80\xa8", "\xe2\x80\xae", "\xe2\x81\xa6", "\xef\xbb\xbf"})
    must(line.find(bad) == line.npos, "a line of the log has no hidden or bidirectional characters");
}

}  // namespace

void fuzz(std::string_view input) {
  const std::string plain = plain_text(input);
  must(is_utf8(plain) && !test::has_control(plain), "plain text is one line of UTF-8");
  must(plain_text(plain) == plain, "plain_text() is idempotent");

  const std::string name = "viewer " + std::string(input.substr(0, 8));
  must_be_plain(line_of(LogFormat::text, name, input));
  const std::string line = line_of(LogFormat::json, name, input);
  must(line.ends_with("}\n") &&
           std::ranges::all_of(line.substr(0, line.size() - 1), [](char c) { return c >= ' ' && c <= '~'; }),
       "a line of JSON is printable ASCII");
  const auto json = nlohmann::json::parse(line);
  must(json.size() == 4 && json.at("level") == "warning", "the input cannot add a field to a line of JSON");
  if (is_utf8(std::string(input))) must(json.at("message") == std::string(input), "JSON keeps the message");
}

}  // namespace cs
