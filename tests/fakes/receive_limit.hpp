// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <chrono>

#include "base/fd.hpp"

namespace cs::test {

inline constexpr std::chrono::seconds kReceiveLimit{30};

/// Receiving from this socket, or accepting at it, fails with EAGAIN after kReceiveLimit, so that a test cannot hang.
inline void limit_receiving(const Fd& socket) {
  const timeval limit{.tv_sec = kReceiveLimit.count(), .tv_usec = 0};
  EXPECT_EQ(setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
}

}  // namespace cs::test
