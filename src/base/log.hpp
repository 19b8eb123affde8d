// SPDX-License-Identifier: MIT
#pragma once

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

/// The logger of the object of that name, such as "viewer 7". Any thread.
[[nodiscard]] Log make_log(const std::string& name);

}  // namespace cs
