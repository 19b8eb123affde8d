// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "check/check.hpp"

namespace cs {

/// The report of --check on standard output: as text, one line after each check; as JSON, one document at the end. Any
/// thread.
class CheckReport {
 public:
  enum class Form { text, json };
  using NamedValues = std::vector<std::pair<std::string, std::string>>;

  /// `settings`: those that differ from the defaults; printed at the end.
  CheckReport(Form form, NamedValues settings) : form_(form), settings_(std::move(settings)) {}

  /// Runs a check under that name. A StartupError counts as failed.
  void run(const std::string& name, const std::function<Check()>& check);

  /// Prints the end of the report. Returns the exit code of the process.
  [[nodiscard]] int finish();

  /// Ends the report while a check hangs, and marks that check as failed. Returns the exit code of the process.
  [[nodiscard]] int give_up(const std::string& why);

 private:
  // mutex_ must be held.
  void add(Check check);
  int finish_locked();

  const Form form_;
  const NamedValues settings_;
  std::mutex mutex_;
  std::string running_;  // guarded by mutex_, like checks_
  std::vector<Check> checks_;
};

}  // namespace cs
