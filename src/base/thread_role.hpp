// SPDX-License-Identifier: MIT
#pragma once

namespace cs {

/// The threads of our own. GStreamer's streaming threads have no role: its callbacks post a job home.
enum class ThreadRole { none, main, render, net };

/// Gives the calling thread its role and, but for main, whose name is the program's, its name.
void enter_thread(ThreadRole role);

/// In debug builds: ends the process if the calling thread has another role.
#ifdef NDEBUG
inline void assert_on(ThreadRole /*role*/) {}
#else
void assert_on(ThreadRole role);
#endif

}  // namespace cs
