// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

namespace cs {

/// A process that has a socket open.
struct SocketHolder {
  int pid = 0;
  std::string name;  ///< of the program, such as "systemd"
};

/// The processes that have the listening Unix socket open that is bound to `path`. Connects to none. Empty if nothing
/// listens there, or if the kernel hides it: root sees all processes, other users only their own; a socket of another
/// network namespace is hidden from all. Any thread.
[[nodiscard]] std::vector<SocketHolder> holders_of_socket(const std::string& path);

}  // namespace cs
