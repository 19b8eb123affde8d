// SPDX-License-Identifier: MIT
#include "network/udp_burst.hpp"

#include <netinet/in.h>
#include <netinet/udp.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>

namespace cs {
namespace {

constexpr std::size_t kMaxSegments = 64;  // UDP_MAX_SEGMENTS of older kernels
constexpr std::size_t kMaxBytes = 65000;
constexpr int kSendBuffer = 1 << 20;  // bytes

}  // namespace

std::size_t burst_length(std::span<const iovec> packets) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    bytes += packets[i].iov_len;
    if (i == kMaxSegments || (i > 0 && (bytes > kMaxBytes || packets[i].iov_len > packets.front().iov_len))) return i;
    if (packets[i].iov_len < packets.front().iov_len) return i + 1;
  }
  return packets.size();
}

int send_burst(int fd, const UdpPeer& peer, std::span<iovec> packets) {
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control = {};
  sockaddr_storage address = peer.address;
  msghdr message = {};
  message.msg_name = &address;
  message.msg_namelen = peer.length;
  message.msg_iov = packets.data();
  message.msg_iovlen = packets.size();
  if (packets.size() > 1) {
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    cmsghdr* head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_UDP;
    head->cmsg_type = UDP_SEGMENT;
    head->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
    const auto size = static_cast<std::uint16_t>(packets.front().iov_len);
    std::memcpy(CMSG_DATA(head), &size, sizeof size);
  }
  return sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL) < 0 ? errno : 0;
}

bool cannot_burst(int error) {
  return error == EINVAL || error == EIO || error == EMSGSIZE || error == ENOPROTOOPT || error == EOPNOTSUPP;
}

void enlarge_send_buffer(int fd) {
  setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &kSendBuffer, sizeof kSendBuffer);
}

}  // namespace cs
