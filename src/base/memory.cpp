// SPDX-License-Identifier: MIT
#include "base/memory.hpp"

#include <malloc.h>

namespace cs {

void give_back_memory() {
  malloc_trim(0);
}

}  // namespace cs
