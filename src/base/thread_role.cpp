// SPDX-License-Identifier: MIT
#include "base/thread_role.hpp"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>

namespace cs {
namespace {

thread_local ThreadRole current_role = ThreadRole::none;

}  // namespace

void enter_thread(ThreadRole role, const std::string& name) {
  current_role = role;
  const char* role_name = role == ThreadRole::render ? "render" : role == ThreadRole::net ? "net" : "fanout";
  if (role != ThreadRole::main && role != ThreadRole::none)
    pthread_setname_np(pthread_self(), name.empty() ? role_name : name.c_str());
}

#ifndef NDEBUG
void assert_on(ThreadRole role) {
  if (current_role == role) return;
  std::fprintf(stderr, "thread role %d called what belongs to role %d\n", static_cast<int>(current_role),
               static_cast<int>(role));
  std::abort();
}
#endif

}  // namespace cs
