// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

namespace cs {

/// How another process ended, and what it wrote.
struct ProcessResult {
  enum class End { exited, by_signal, late };
  End end = End::late;  ///< late: it still ran at the time limit and was killed
  int code = 0;         ///< the exit code, or the signal number
  std::string out;      ///< the first 64 KB of its standard output
  std::string err;      ///< the last 4 KB of its standard error
};

/// Runs `program` (a path) with the environment of this process until it ends. At the time limit, kills it and all
/// processes it started. A process that hangs in the kernel cannot be killed and is abandoned. Throws StartupError if
/// the program cannot be started. Any thread; blocks.
[[nodiscard]] ProcessResult run_process(const std::string& program, const std::vector<std::string>& arguments,
                                        std::chrono::milliseconds limit);

}  // namespace cs
