// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// Roles of the server's own threads. GStreamer's streaming threads have no role: their callbacks post a job to the
/// owner's loop. The `snapshot` thread runs at low priority.
enum class ThreadRole { none, main, render, fanout, net, snapshot };

/// Sets the role and the name of the calling thread: `name`, or the name of the role. Without `name`, main and none
/// keep the name they have.
void enter_thread(ThreadRole role, const std::string& name = {});

/// Debug builds only: aborts the process if the calling thread has another role.
#ifdef NDEBUG
inline void assert_on(ThreadRole /*role*/) {}
#else
void assert_on(ThreadRole role);
#endif

}  // namespace cs
