// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The threads of our own. GStreamer's streaming threads have no role: its callbacks post a job home. What `snapshot`
/// does can wait: everything else on the machine comes first.
enum class ThreadRole { none, main, render, fanout, net, snapshot };

/// Gives the calling thread its role and, but for main, whose name is the program's, its name: `name`, or the role's.
void enter_thread(ThreadRole role, const std::string& name = {});

/// In debug builds: ends the process if the calling thread has another role.
#ifdef NDEBUG
inline void assert_on(ThreadRole /*role*/) {}
#else
void assert_on(ThreadRole role);
#endif

}  // namespace cs
