// SPDX-License-Identifier: MIT
#include "process/slice_memory.hpp"

#include <glib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>

namespace cs {

std::string allocate_slices_with_malloc(char* const* argv) {
  if (glib_check_version(2, 76, 0) == nullptr || std::getenv("G_SLICE") != nullptr) return {};
  // Not /proc/self/exe itself: the process would take its name from the link.
  std::error_code unknown;
  const auto program = std::filesystem::read_symlink("/proc/self/exe", unknown);
  std::string why = unknown.message();
  const bool is_loader =
      program.filename().string().starts_with("ld-");  // the program was started through the dynamic loader
  if (!unknown && !is_loader) {
    setenv("G_SLICE", "always-malloc", 0);
    execv(program.c_str(), argv);
    why = std::strerror(errno);
  }
  return "GLib will keep about 10 MB of freed memory after many viewers; set G_SLICE=always-malloc in the environment, "
         "because the program could not restart itself with it" +
         (is_loader ? "" : ": " + why);
}

}  // namespace cs
