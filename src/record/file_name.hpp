// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "cubestream/clock.hpp"

namespace cs {

/// Kind of a recorded file. The name of a clip ends with "-clip.mp4".
enum class FileKind { segment, clip };

/// Returns a name such as "cubestream-20261125T192143.123Z.mp4": the render time of the first frame in UTC. Names sort
/// by time. Pure.
[[nodiscard]] std::string file_name(FileKind kind, std::chrono::system_clock::time_point start);

/// Returns whether a name is that of a recording or a clip of this server. No other file is ever deleted. Pure.
[[nodiscard]] bool is_our_file(std::string_view name);

/// Converts a recent time of the monotonic clock, such as the capture time of a frame, to wall-clock time. Any thread.
[[nodiscard]] std::chrono::system_clock::time_point wall_time(TimePoint time);

/// Formats a time in UTC as "2026-11-25T19:21:43.123Z". Pure.
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace cs
