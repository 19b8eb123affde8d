// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "check/check.hpp"

namespace cs {

/// What the self-test found, printed to standard output: for people as it goes on, a line each; for machines at the
/// end, as one JSON document. Any thread.
class CheckReport {
 public:
  enum class Form { text, json };
  using NamedValues = std::vector<std::pair<std::string, std::string>>;

  /// `settings`: those that differ from the defaults, for the end.
  CheckReport(Form form, NamedValues settings) : form_(form), settings_(std::move(settings)) {}

  /// Makes a check under that name; a StartupError is a failure. Returns its verdict.
  CheckResult run(const std::string& name, const std::function<Check()>& check);

  /// The end. Returns the process's exit code.
  [[nodiscard]] int finish();

  /// The end when the check that runs now does not end: that is its failure.
  [[nodiscard]] int give_up(const std::string& why);

 private:
  void add(Check check);
  int finish_locked();

  const Form form_;
  const NamedValues settings_;
  std::mutex mutex_;
  std::string running_;  // guarded by mutex_, as is the next
  std::vector<Check> checks_;
};

}  // namespace cs
