// SPDX-License-Identifier: MIT
#pragma once

#include <sys/stat.h>

#include <string>

namespace cs {

/// Whether something other than a regular file is there: a directory, or a pipe or device, whose reader might wait for
/// ever. False where nothing is there. Any thread.
[[nodiscard]] inline bool is_no_regular_file(const std::string& path) {
  struct stat about = {};
  return stat(path.c_str(), &about) == 0 && !S_ISREG(about.st_mode);
}

}  // namespace cs
