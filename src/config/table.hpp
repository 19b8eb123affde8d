// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace cs {

// The kinds of settings: how each is read, what is allowed, where it goes.

struct NumberSetting {
  int& (*field)(Settings&);
  int least;
  int most;
  bool even = false;
};

struct TextSetting {
  std::string& (*field)(Settings&);
  std::string (*complaint)(std::string_view);  ///< a half sentence about the value; empty: it is good
  std::string_view allowed;
  bool secret = false;  ///< its value is never shown
};

/// Several texts with commas between.
struct ListSetting {
  std::vector<std::string>& (*field)(Settings&);
  std::string (*complaint)(std::string_view);  ///< about one of them
  std::string_view allowed;
};

struct ChoiceSetting {
  std::vector<std::string> (*names)(const Allowed&);
  std::string (*get)(const Settings&);
  void (*set)(Settings&, const std::string& name);
};

/// A row of the table of settings. Its default is the one in `Settings`. To add a setting, add its member there and
/// its row in table.cpp; parser, --help, --check and the table of docs/configuration.md follow.
struct SettingRow {
  std::string_view name;
  std::string_view meaning;
  std::variant<NumberSetting, TextSetting, ListSetting, ChoiceSetting> kind;
};

[[nodiscard]] std::span<const SettingRow> settings_table();

/// What may be written, such as "a whole number from 1 to 240".
[[nodiscard]] std::string allowed_values(const SettingRow& row, const Allowed& allowed);

/// The value as it would be written; "none" where it is empty, "(set)" where it is secret.
[[nodiscard]] std::string shown(const SettingRow& row, const Settings& settings);

/// Puts the value into the settings, or returns the sentence that says why not.
[[nodiscard]] std::string put(const SettingRow& row, Settings& settings, std::string_view value,
                              const Allowed& allowed);

/// The table of docs/configuration.md.
[[nodiscard]] std::string settings_markdown(const Allowed& allowed);

}  // namespace cs
