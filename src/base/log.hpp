// SPDX-License-Identifier: MIT
#pragma once

#include <spdlog/formatter.h>
#include <spdlog/logger.h>

#include <memory>
#include <string>

namespace cs {

enum class LogLevel { trace, debug, info, warn, error };
enum class LogFormat { text, json };

/// A living object's own logger. Any thread.
using Log = std::shared_ptr<spdlog::logger>;

/// Sets level and format of all loggers made from now on; they write to stderr. Main thread only, once, at start.
/// Before it the level is info and the format text.
void start_logging(LogLevel level, LogFormat format);

/// What makes a line of a message, and of what a stranger wrote in it something harmless. Any thread.
[[nodiscard]] std::unique_ptr<spdlog::formatter> log_formatter(LogFormat format);

/// The logger of the object of that name, such as "viewer 7". Any thread.
[[nodiscard]] Log make_log(const std::string& name);

}  // namespace cs
