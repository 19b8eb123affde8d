// SPDX-License-Identifier: MIT
#include "base/slice_memory.hpp"

#include <glib.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <system_error>

namespace cs {

void allocate_slices_with_malloc(char* const* argv) {
  if (glib_check_version(2, 76, 0) == nullptr || std::getenv("G_SLICE") != nullptr) return;
  // Not the link itself, of which the process would take its name.
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  if (unknown) return;
  setenv("G_SLICE", "always-malloc", 0);
  execv(program.c_str(), argv);
}

}  // namespace cs
