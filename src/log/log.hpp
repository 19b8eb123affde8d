// SPDX-License-Identifier: MIT
#pragma once

#include <fmt/core.h>
#include <spdlog/fwd.h>

#include <memory>
#include <string>
#include <utility>

#include "base/metrics.hpp"

namespace cs {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

/// Writes log lines under one name, such as "viewer 7". A line below the level of start_logging() costs one comparison.
/// The compiler checks the format strings. The formatting code is compiled once, in log.cpp: spdlog's own templates
/// would be instantiated in each file that logs. Any thread.
class Logger {
 public:
  explicit Logger(const std::string& name);

  template <typename... Args>
  void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
    if (level >= lowest_) write(level, format, fmt::make_format_args(args...));
  }
  template <typename... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) {
    log(LogLevel::debug, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) {
    log(LogLevel::info, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) {
    log(LogLevel::warn, format, std::forward<Args>(args)...);
  }
  template <typename... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) {
    log(LogLevel::error, format, std::forward<Args>(args)...);
  }

 private:
  /// Never throws: if memory is exhausted, the line is lost.
  void write(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept;

  LogLevel lowest_;
  std::shared_ptr<spdlog::logger> logger_;
};

/// The logger of an object. Any thread.
using Log = std::shared_ptr<Logger>;

/// Sets level and format of all loggers created after this call; they write to stderr. The defaults are info and text.
/// Main thread only; once, at start.
void start_logging(LogLevel level, LogFormat format);

/// While it exists, log lines go through a LogWriter, so that a slow reader of stderr blocks no thread. The destructor
/// writes the queued lines, as far as the reader accepts them. Throws std::system_error if no thread can be created.
/// Main thread only, after start_logging().
class BackgroundLog {
 public:
  BackgroundLog();
  ~BackgroundLog();
  BackgroundLog(const BackgroundLog&) = delete;
  BackgroundLog& operator=(const BackgroundLog&) = delete;
};

/// While it exists, lines that BackgroundLog drops are counted in `counter`. Main thread only.
class LostLogLines {
 public:
  explicit LostLogLines(Metric& counter);
  ~LostLogLines();
  LostLogLines(const LostLogLines&) = delete;
  LostLogLines& operator=(const LostLogLines&) = delete;
};

/// Formatter of log lines. It makes client text harmless. Any thread.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_formatter(LogFormat format);

/// Creates a logger for an object, such as "viewer 7". Any thread.
[[nodiscard]] Log make_log(const std::string& name);

}  // namespace cs
