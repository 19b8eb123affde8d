// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "base/fd.hpp"

namespace cs {

/// A new TUN device of that name in the network namespace that `ip netns` knows as `network`: what the kernel sends to
/// it is read, what is written it receives, a packet at a time. As root. Throws StartupError.
[[nodiscard]] Fd open_tun(const std::string& network, const std::string& device);

}  // namespace cs
