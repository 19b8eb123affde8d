// SPDX-License-Identifier: MIT
#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <cstddef>
#include <span>

namespace cs {

/// The address that a burst goes to.
struct UdpPeer {
  sockaddr_storage address = {};
  socklen_t length = 0;
};

/// How many of the packets, from the first on, one call into the kernel can take: all of one size, but for a shorter
/// last one; 64 packets and 65,000 bytes at most. Pure.
[[nodiscard]] std::size_t burst_length(std::span<const iovec> packets);

/// Sends so many packets to `peer` by one call (UDP generic segmentation offload: UDP_SEGMENT of `man 7 udp`), each as
/// a datagram of its own. Never blocks. 0, or the error number. Any thread.
[[nodiscard]] int send_burst(int fd, const UdpPeer& peer, std::span<iovec> packets);

/// Whether the error says that the kernel, the device or the path cannot do this, rather than that one burst is lost.
[[nodiscard]] bool cannot_burst(int error);

/// Lets the socket hold as much as a keyframe of a large picture, if the system allows it.
void enlarge_send_buffer(int fd);

}  // namespace cs
