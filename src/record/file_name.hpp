// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <string_view>

namespace cs {

/// What a file of ours holds; a clip is named so that one sees it.
enum class FileKind { segment, clip };

/// "cubestream-20261125T192143.123Z.mp4": when its first picture was drawn, in UTC, so that the order of the names is
/// that of time. Pure.
[[nodiscard]] std::string file_name(FileKind kind, std::chrono::system_clock::time_point start);

/// Whether a file is one of ours, of any kind, by its name: nothing else is ever deleted. Pure.
[[nodiscard]] bool is_our_file(std::string_view name);

/// "2026-11-25T19:21:43.123Z". Pure.
[[nodiscard]] std::string iso_time(std::chrono::system_clock::time_point time);

}  // namespace cs
