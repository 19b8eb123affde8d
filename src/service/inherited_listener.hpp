// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.hpp"

namespace cs {

/// The socket that systemd listens on for us and handed over at start (socket activation), or an empty Fd when there is
/// none. Throws StartupError when it is of no use: several, or not a TCP socket that listens. Main thread only, once
/// and before anything else opens a descriptor, as children must not inherit it.
[[nodiscard]] Fd inherited_listener();

}  // namespace cs
