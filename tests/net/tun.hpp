// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/fd.hpp"

namespace cs {

/// Creates a TUN device in the network namespace `network` (a name of `ip netns`). Each read returns one packet from
/// the kernel, each write passes one packet to it. Needs root. Throws StartupError on failure.
[[nodiscard]] Fd open_tun(const std::string& network, const std::string& device);

}  // namespace cs
