// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace cs {

/// The destination address of a burst.
struct UdpPeer {
  sockaddr_storage address = {};
  socklen_t length = 0;
};

/// How many packets, starting with the first, fit into one system call: all of the same size except a shorter last one;
/// at most 64 packets and 65,000 bytes. Pure.
[[nodiscard]] std::size_t burst_length(std::span<const iovec> packets);

/// Sends `packets` to `peer` in one system call, each as a separate datagram (UDP generic segmentation offload:
/// UDP_SEGMENT in `man 7 udp`). Returns 0 or the errno value. Never blocks. Any thread.
[[nodiscard]] int send_burst(int fd, const UdpPeer& peer, std::span<iovec> packets);

/// Whether the error means that the kernel, the device or the path does not support bursts. Otherwise only this burst
/// is lost.
[[nodiscard]] bool cannot_burst(int error);

/// Enlarges the send buffer to 1 MB, for large keyframes, as far as the system allows it.
void enlarge_send_buffer(int fd);

}  // namespace cs
