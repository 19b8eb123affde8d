// SPDX-License-Identifier: MIT
#pragma once

#include "base/fd.hpp"

namespace cs {

/// The listening socket from systemd (socket activation), or an empty Fd if there is none. Throws StartupError if there
/// are several, or if it is not a listening TCP socket. Main thread only; call once, before anything else opens a
/// descriptor, because child processes must not inherit it.
[[nodiscard]] Fd inherited_listener();

}  // namespace cs
