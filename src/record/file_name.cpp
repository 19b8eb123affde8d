// SPDX-License-Identifier: MIT
#include "record/file_name.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <ctime>

namespace cs {
namespace {

constexpr std::string_view kPattern = "cubestream-########T######.###Z";  // # stands for a digit
constexpr std::string_view kEnding = ".mp4";
constexpr std::string_view kClip = "-clip";

struct Moment {
  std::tm utc = {};
  int milliseconds = 0;
};

Moment moment(std::chrono::system_clock::time_point time) {
  using std::chrono::milliseconds;
  const auto since = std::chrono::floor<milliseconds>(time.time_since_epoch());
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  Moment result{.milliseconds = static_cast<int>((since - seconds).count())};
  const std::time_t whole = seconds.count();
  gmtime_r(&whole, &result.utc);
  return result;
}

}  // namespace

std::string file_name(FileKind kind, std::chrono::system_clock::time_point start) {
  const auto [utc, milliseconds] = moment(start);
  return fmt::format("cubestream-{:04}{:02}{:02}T{:02}{:02}{:02}.{:03}Z{}{}", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, milliseconds,
                     kind == FileKind::clip ? kClip : "", kEnding);
}

bool is_our_file(std::string_view name) {
  if (!name.ends_with(kEnding)) return false;
  name.remove_suffix(kEnding.size());
  if (name.ends_with(kClip)) name.remove_suffix(kClip.size());
  return std::ranges::equal(name, kPattern, [](char letter, char expected) {
    return expected == '#' ? letter >= '0' && letter <= '9' : letter == expected;
  });
}

std::chrono::system_clock::time_point wall_time(TimePoint time) {
  using std::chrono::system_clock;
  return system_clock::now() - std::chrono::duration_cast<system_clock::duration>(Clock::now() - time);
}

std::string iso_time(std::chrono::system_clock::time_point time) {
  const auto [utc, milliseconds] = moment(time);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", utc.tm_year + 1900, utc.tm_mon + 1, utc.tm_mday,
                     utc.tm_hour, utc.tm_min, utc.tm_sec, milliseconds);
}

}  // namespace cs
