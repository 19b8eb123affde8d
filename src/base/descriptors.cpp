// SPDX-License-Identifier: MIT
#include "base/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <limits>

namespace cs {

std::int64_t raise_descriptor_limit() {
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlimit raised = {limit.rlim_max, limit.rlim_max};
  if (setrlimit(RLIMIT_NOFILE, &raised) == 0) limit = raised;
  constexpr rlim_t most = std::numeric_limits<std::int64_t>::max();
  return static_cast<std::int64_t>(std::min(limit.rlim_cur, most));
}

}  // namespace cs
