// SPDX-License-Identifier: MIT
#include "session/admission.hpp"

#include "process/resource_limits.hpp"

namespace cs {

std::string viewer_shortage() {
  if (!can_create_threads(kThreadsPerViewer))
    return "the system allows this process no more threads; a viewer needs up to " + std::to_string(kThreadsPerViewer) +
           "; raise the limit (TasksMax= of the service, --pids-limit of the container, ulimit -u) or lower "
           "CS_MAX_VIEWERS";
  if (!can_open_descriptors(kDescriptorsPerViewer))
    return "the system allows this process no more file descriptors; a viewer needs up to " +
           std::to_string(kDescriptorsPerViewer) +
           "; raise the limit (LimitNOFILE= of the service, ulimit -Hn) or lower CS_MAX_VIEWERS";
  return {};
}

}  // namespace cs
