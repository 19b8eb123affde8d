// SPDX-License-Identifier: MIT
#include "signalling/lws_log.hpp"

#include <libwebsockets.h>

#include <chrono>
#include <string_view>

#include "cubestream/clock.hpp"
#include "log/log.hpp"

namespace cs {
namespace {

constexpr int kLinesPerMinute = 10;

/// Limits the log rate, because any remote peer can cause libwebsockets errors.
bool within_quota() {
  thread_local TimePoint begin;
  thread_local int lines = 0;
  const TimePoint now = Clock::now();
  if (now - begin > std::chrono::minutes(1)) {
    begin = now;
    lines = 0;
  }
  return ++lines <= kLinesPerMinute;
}

void emit(int level, const char* line) {
  thread_local const Log log = make_log("net");
  std::string_view text(line);
  while (text.ends_with('\n')) text.remove_suffix(1);
  // Most libwebsockets errors report invalid input of a peer. None of them stops the server.
  const bool loud = level == LLL_ERR && within_quota();
  log->log(loud ? LogLevel::warn : LogLevel::debug, "libwebsockets: {}", text);
}

}  // namespace

void capture_lws_log() {
  lws_set_log_level(LLL_ERR | LLL_WARN, &emit);
}

}  // namespace cs
