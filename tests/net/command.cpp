// SPDX-License-Identifier: MIT
#include "net/command.hpp"

#include <charconv>
#include <cstddef>
#include <vector>

namespace cs {
namespace {

using std::chrono::nanoseconds;

constexpr double kMillion = 1e6;
constexpr double kMax = 1e12;

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == line.npos) return words;
    line.remove_prefix(begin);
    const auto end = line.find_first_of(" \t\r");
    words.push_back(line.substr(0, end));
    if (end == line.npos) return words;
    line.remove_prefix(end);
  }
}

std::optional<double> number(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= kMax)) return std::nullopt;
  return value;
}

nanoseconds milliseconds(double count) {
  return nanoseconds(static_cast<std::int64_t>(count * kMillion));
}

/// A setting and its maximum. set() gets a checked value.
struct Row {
  std::string_view word;
  double max;
  void (*set)(LinkSettings& settings, double value);
};

constexpr Row kRows[] = {
    {"rate", kMax, [](LinkSettings& it, double bits) { it.rate = bits; }},
    {"queue", kMax,
     [](LinkSettings& it, double bytes) {
       it.queue_bytes = static_cast<std::size_t>(bytes);
       it.queue_time = {};
     }},
    {"queue-ms", 1e6, [](LinkSettings& it, double ms) { it.queue_time = milliseconds(ms); }},
    {"delay", 1e6, [](LinkSettings& it, double ms) { it.delay = milliseconds(ms); }},
    {"jitter", 1e6, [](LinkSettings& it, double ms) { it.jitter = milliseconds(ms); }},
    {"loss", 1, [](LinkSettings& it, double share) { it.loss = share; }},
    {"burst", 1e6, [](LinkSettings& it, double packets) { it.burst = packets; }},
    {"reorder", 1, [](LinkSettings& it, double share) { it.reorder = share; }},
    {"held-back", 1e6, [](LinkSettings& it, double ms) { it.held_back = milliseconds(ms); }},
};

}  // namespace

std::optional<LinkCommand> understand(std::string_view line, LinkSettings& down, LinkSettings& up, std::string& why) {
  auto words = words_of(line);
  LinkCommand command;
  if (words.size() == 1 && words[0] == "stats") {
    command.what = LinkCommand::What::stats;
    return command;
  }
  if (!words.empty() && (words[0] == "up" || words[0] == "down")) {
    command.which = words[0] == "up" ? LinkCommand::Which::up : LinkCommand::Which::down;
    words.erase(words.begin());
  }
  const auto value = words.size() == 2 ? number(words[1]) : std::nullopt;
  if (!value) {
    why = "expected \"stats\" or \"[up|down] SETTING NUMBER\", got: " + std::string(line);
    return std::nullopt;
  }
  if (words[0] == "blackout") {
    command.what = LinkCommand::What::blackout;
    command.blackout = milliseconds(*value);
    return command;
  }
  for (const Row& row : kRows) {
    if (row.word != words[0]) continue;
    if (*value > row.max) {
      why = std::string(words[0]) + " must be at most " + std::to_string(row.max);
      return std::nullopt;
    }
    if (command.which != LinkCommand::Which::up) row.set(down, *value);
    if (command.which != LinkCommand::Which::down) row.set(up, *value);
    return command;
  }
  why = "unknown setting \"" + std::string(words[0]) + "\"; known settings:";
  for (const Row& row : kRows) why += " " + std::string(row.word);
  why += " blackout";
  return std::nullopt;
}

}  // namespace cs
