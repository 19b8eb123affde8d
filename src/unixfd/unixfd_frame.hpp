// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/fd.hpp"
#include "unixfd/unixfd_protocol.hpp"

namespace cs {

/// Copies a frame out of the memory of a program that is not trusted. The memory is not sealed, so it is never mapped:
/// a mapping of a file that the program truncates would be a SIGBUS. Only shared memory is read, because other files,
/// such as those of FUSE, may make a reader wait. Returns why it is no whole frame, the rest of a sentence that begins
/// with the sender's name; empty: `to` holds its first `bytes`. Any thread.
[[nodiscard]] std::string copy_unixfd_frame(const UnixFdBuffer& buffer, std::span<const Fd> descriptors,
                                            std::uint64_t bytes, std::vector<std::byte>& to);

}  // namespace cs
