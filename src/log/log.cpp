// SPDX-License-Identifier: MIT
#include "log/log.hpp"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <cstdio>
#include <exception>
#include <mutex>
#include <nlohmann/json.hpp>
#include <string_view>

#include "log/log_writer.hpp"
#include "log/plain_text.hpp"

namespace cs {
namespace {

std::string_view view(const spdlog::string_view_t& text) {
  return {text.data(), text.size()};
}

std::string json_string(std::string_view text) {
  // ASCII only: client text is kept, but escaped, so that it cannot affect the reader's terminal.
  return nlohmann::json(std::string(text)).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

/// A part of a log line that may contain client text: the message or the logger's name.
template <std::string (*kWrite)(std::string_view), spdlog::string_view_t spdlog::details::log_msg::*kPart>
class Part final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& msg, const std::tm& /*time*/, spdlog::memory_buf_t& out) override {
    const std::string text = kWrite(view(msg.*kPart));
    out.append(text.data(), text.data() + text.size());
  }
  [[nodiscard]] std::unique_ptr<custom_flag_formatter> clone() const override { return std::make_unique<Part>(); }
};

template <std::string (*kWrite)(std::string_view)>
void set_pattern(spdlog::pattern_formatter& formatter, const char* pattern) {
  using Message = spdlog::details::log_msg;
  formatter.add_flag<Part<kWrite, &Message::payload>>('*')
      .template add_flag<Part<kWrite, &Message::logger_name>>('#')
      .set_pattern(pattern);
}

/// Writes to stderr: directly, or on the writer's thread while a writer is set.
class Sink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  void set_writer(LogWriter* writer) {
    const std::lock_guard lock(mutex_);
    writer_ = writer;
  }

  /// Formats a message without logging it. Any thread.
  std::string line(const spdlog::details::log_msg& msg) {
    const std::lock_guard lock(mutex_);
    return format(msg);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& msg) override {
    std::string text = format(msg);
    if (writer_ != nullptr)
      writer_->write(std::move(text));
    else
      std::fwrite(text.data(), 1, text.size(), stderr);  // unbuffered
  }
  void flush_() override {}

 private:
  /// The caller holds the mutex.
  std::string format(const spdlog::details::log_msg& msg) {
    spdlog::memory_buf_t buffer;
    formatter_->format(msg, buffer);
    return {buffer.data(), buffer.size()};
  }

  LogWriter* writer_ = nullptr;  // guarded by mutex_
};

struct Logging {
  std::shared_ptr<Sink> sink = std::make_shared<Sink>();
  LogLevel level = LogLevel::info;
  std::unique_ptr<LogWriter> writer;
};

Logging& logging() {
  // Never destroyed: an abandoned thread of a LogWriter may still use it.
  static Logging& instance = *new Logging;
  return instance;
}

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::trace:
      return spdlog::level::trace;
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warn:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

std::unique_ptr<spdlog::formatter> log_formatter(LogFormat format) {
  auto formatter = std::make_unique<spdlog::pattern_formatter>(
      format == LogFormat::json ? spdlog::pattern_time_type::utc : spdlog::pattern_time_type::local);
  if (format == LogFormat::json)
    set_pattern<json_string>(*formatter, R"({"time":"%Y-%m-%dT%H:%M:%S.%fZ","level":"%l","name":%#,"message":%*})");
  else
    set_pattern<plain_text>(*formatter, "%Y-%m-%d %H:%M:%S.%e %-7l %#: %*");
  return formatter;
}

Logger::Logger(const std::string& name)
    : lowest_(logging().level), logger_(std::make_shared<spdlog::logger>(name, logging().sink)) {
  logger_->set_level(to_spdlog(lowest_));
}

void Logger::write(LogLevel level, fmt::string_view format, fmt::format_args args) noexcept {
  try {
    logger_->log(to_spdlog(level), spdlog::string_view_t(fmt::vformat(format, args)));
  } catch (const std::exception&) {  // out of memory; callers include callbacks of C libraries
  }
}

BackgroundLog::BackgroundLog() {
  const auto lost_line = [](std::int64_t count) {
    const std::string text = fmt::format("{} log lines dropped: the reader of stderr is too slow", count);
    return logging().sink->line({"log", spdlog::level::warn, text});
  };
  logging().writer = std::make_unique<LogWriter>(STDERR_FILENO, +lost_line, LogWriter::Limits{});
  logging().sink->set_writer(logging().writer.get());
}

BackgroundLog::~BackgroundLog() {
  logging().sink->set_writer(nullptr);
  logging().writer.reset();
}

LostLogLines::LostLogLines(Metric& counter) {
  if (logging().writer) logging().writer->count_drops_in(&counter);
}

LostLogLines::~LostLogLines() {
  if (logging().writer) logging().writer->count_drops_in(nullptr);
}

void start_logging(LogLevel level, LogFormat format) {
  logging().sink->set_formatter(log_formatter(format));
  logging().level = level;
}

Log make_log(const std::string& name) {
  return std::make_shared<Logger>(name);
}

}  // namespace cs
