// SPDX-License-Identifier: MIT
#include "process/libraries.hpp"

#include <dlfcn.h>
#include <link.h>

#include <cstddef>
#include <string>
#include <vector>

namespace cs {

void keep_libraries_loaded() {
  // Collect the names first: the loader is locked during dl_iterate_phdr().
  std::vector<std::string> names;
  const auto collect = [](dl_phdr_info* info, std::size_t /*size*/, void* into) {
    if (info->dlpi_name != nullptr && *info->dlpi_name != '\0')
      static_cast<std::vector<std::string>*>(into)->emplace_back(info->dlpi_name);
    return 0;
  };
  dl_iterate_phdr(collect, &names);
  for (const std::string& name : names)
    if (void* library = dlopen(name.c_str(), RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE)) dlclose(library);
}

}  // namespace cs
