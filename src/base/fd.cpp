// SPDX-License-Identifier: MIT
#include "base/fd.hpp"

#include <unistd.h>

namespace cs {

Fd::~Fd() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace cs
