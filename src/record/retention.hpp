// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

namespace cs {

/// A recorded file in the recording directory.
struct KeptFile {
  std::string name;
  std::uint64_t bytes = 0;
  bool in_use = false;  ///< being written
};

/// Chooses the files to delete so that the total size is at most `limit` bytes: the oldest first, by name, but never a
/// file that is being written. Pure.
[[nodiscard]] inline std::vector<std::string> choose_to_delete(std::vector<KeptFile> files, std::uint64_t limit) {
  std::uint64_t total = 0;
  for (const KeptFile& file : files) total += file.bytes;
  std::ranges::sort(files, {}, &KeptFile::name);
  std::vector<std::string> chosen;
  for (const KeptFile& file : files) {
    if (total <= limit) break;
    if (file.in_use) continue;
    total -= file.bytes;
    chosen.push_back(file.name);
  }
  return chosen;
}

}  // namespace cs
