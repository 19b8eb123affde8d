// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <string>

namespace cs {

/// Whether `path` exists but is not a regular file: a directory, or a pipe or device, where a read may block forever.
/// False if it does not exist. Any thread.
[[nodiscard]] inline bool is_no_regular_file(const std::string& path) {
  struct stat about = {};
  return stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

}  // namespace cs
