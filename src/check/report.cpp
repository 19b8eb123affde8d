// SPDX-License-Identifier: MIT
#include "check/report.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/error.hpp"
#include "config/command_line.hpp"

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array<std::string_view, 4> kForMachines = {"ok", "warning", "failed", "skipped"};  // as in CheckResult
constexpr std::array<std::string_view, 4> kForPeople = {"ok", "warning", "FAILED", "-"};

void print(const Check& check) {
  std::string sentence = check.sentence;
  std::ranges::replace_if(
      sentence, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  std::puts(fmt::format("{:<8} {:<17} {}", kForPeople.at(static_cast<std::size_t>(check.result)), check.name, sentence)
                .c_str());
  std::fflush(stdout);
}

Json to_json(const Check& check) {
  Json figures = Json::object();
  for (const auto& [name, value] : check.figures) {
    if (const auto whole = static_cast<std::int64_t>(value); static_cast<double>(whole) == value)
      figures[name] = whole;
    else
      figures[name] = value;
  }
  return {{"name", check.name},
          {"verdict", kForMachines.at(static_cast<std::size_t>(check.result))},
          {"sentence", check.sentence},
          {"figures", figures}};
}

std::string counted(std::ptrdiff_t count, const char* what) {
  return std::to_string(count) + " " + what + (count == 1 ? "" : "s");
}

}  // namespace

void CheckReport::run(const std::string& name, const std::function<Check()>& check) {
  {
    const std::lock_guard lock(mutex_);
    running_ = name;
  }
  Check result;
  try {
    result = check();
  } catch (const StartupError& error) {
    result = {.result = CheckResult::failed, .sentence = error.what()};
  }
  result.name = name;
  const std::lock_guard lock(mutex_);
  add(std::move(result));
}

void CheckReport::add(Check check) {
  if (form_ == Form::text) print(check);
  checks_.push_back(std::move(check));
}

int CheckReport::finish() {
  const std::lock_guard lock(mutex_);
  return finish_locked();
}

int CheckReport::give_up(const std::string& why) {
  const std::lock_guard lock(mutex_);
  add({.name = running_, .result = CheckResult::failed, .sentence = why});
  return finish_locked();
}

int CheckReport::finish_locked() {
  const auto failures = std::ranges::count(checks_, CheckResult::failed, &Check::result);
  const auto warnings = std::ranges::count(checks_, CheckResult::warning, &Check::result);
  if (form_ == Form::json) {
    Json checks = Json::array();
    for (const Check& check : checks_) checks.push_back(to_json(check));
    Json settings = Json::object();
    for (const auto& [name, value] : settings_) settings[name] = value;
    const Json document = {
        {"version", CUBESTREAM_VERSION}, {"good", failures == 0}, {"checks", checks}, {"settings", settings}};
    std::puts(document.dump(2, ' ', false, Json::error_handler_t::replace).c_str());
  } else {
    std::puts("");
    for (const auto& [name, value] : settings_) std::puts((name + "=" + value).c_str());
    if (failures > 0)
      std::puts(("not good: " + counted(failures, "failure") + ", " + counted(warnings, "warning")).c_str());
    else
      std::puts(warnings > 0 ? ("good, with " + counted(warnings, "warning")).c_str() : "good");
  }
  std::fflush(stdout);
  return failures == 0 ? 0 : kExitFailure;
}

}  // namespace cs
