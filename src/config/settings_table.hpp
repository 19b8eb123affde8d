// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "config/settings.hpp"

namespace cs {

// The kinds of settings: how a value is parsed, what is allowed, and the field that receives it.

struct NumberSetting {
  int& (*field)(Settings&);
  int least;
  int most;
  bool even = false;
};

struct TextSetting {
  std::string& (*field)(Settings&);
  std::string (*complaint)(std::string_view);  ///< what is wrong with the value, as a half sentence; empty: valid
  std::string_view allowed;
  bool secret = false;  ///< the value is never printed
};

/// Several texts separated by commas.
struct ListSetting {
  std::vector<std::string>& (*field)(Settings&);
  std::string (*complaint)(std::string_view);  ///< the same for one entry
  std::string_view allowed;
};

struct ChoiceSetting {
  std::vector<std::string> (*names)(const Allowed&);
  std::string (*get)(const Settings&);
  void (*set)(Settings&, const std::string& name);
};

/// A row of the settings table. The default is the one in `Settings`. To add a setting, add a member there and a row in
/// table.cpp; the parser, --help, --check and the table of docs/configuration.md are derived from it.
struct SettingRow {
  std::string_view name;
  std::string_view meaning;
  std::variant<NumberSetting, TextSetting, ListSetting, ChoiceSetting> kind;
};

[[nodiscard]] std::span<const SettingRow> settings_table();

/// The allowed values, such as "a whole number from 1 to 240".
[[nodiscard]] std::string allowed_values(const SettingRow& row, const Allowed& allowed);

/// The value as text; "none" if it is empty, "(set)" if it is secret.
[[nodiscard]] std::string shown(const SettingRow& row, const Settings& settings);

/// Stores the value in the settings. Returns an error text on failure, else an empty string.
[[nodiscard]] std::string put(const SettingRow& row, Settings& settings, std::string_view value,
                              const Allowed& allowed);

/// The settings table of docs/configuration.md.
[[nodiscard]] std::string settings_markdown(const Allowed& allowed);

}  // namespace cs
