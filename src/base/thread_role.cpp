// SPDX-License-Identifier: MIT
#include "base/thread_role.hpp"

#include <pthread.h>
#include <sys/resource.h>

#include <cstdio>
#include <cstdlib>

namespace cs {
namespace {

thread_local ThreadRole current_role = ThreadRole::none;

constexpr int kSnapshotNiceness = 10;

const char* name_of(ThreadRole role) {
  switch (role) {
    case ThreadRole::render:
      return "render";
    case ThreadRole::net:
      return "net";
    case ThreadRole::snapshot:
      return "snapshot";
    default:
      return "fanout";
  }
}

}  // namespace

void enter_thread(ThreadRole role, const std::string& name) {
  current_role = role;
  if (!name.empty())
    pthread_setname_np(pthread_self(), name.c_str());
  else if (role != ThreadRole::main && role != ThreadRole::none)
    pthread_setname_np(pthread_self(), name_of(role));
  // On Linux this applies to the calling thread only. A failure affects only scheduling, so it is ignored.
  if (role == ThreadRole::snapshot) setpriority(PRIO_PROCESS, 0, kSnapshotNiceness);
}

#ifndef NDEBUG
void assert_on(ThreadRole role) {
  if (current_role == role) return;
  std::fprintf(stderr, "thread with role %d called a function of role %d\n", static_cast<int>(current_role),
               static_cast<int>(role));
  std::abort();
}
#endif

}  // namespace cs
