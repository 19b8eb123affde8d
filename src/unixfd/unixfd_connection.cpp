// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace cs {

ssize_t UnixFdConnection::read_into(std::span<std::byte> to) {
  iovec part{to.data(), to.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kMaxUnixFdMemories)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control.data();
  header.msg_controllen = control.size();
  ssize_t got = -1;
  do got = recvmsg(socket_.get(), &header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  while (got < 0 && errno == EINTR);
  if (got < 0) return got;
  for (cmsghdr* each = CMSG_FIRSTHDR(&header); each != nullptr; each = CMSG_NXTHDR(&header, each)) {
    if (each->cmsg_level != SOL_SOCKET || each->cmsg_type != SCM_RIGHTS) continue;
    const std::size_t count = (each->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (std::size_t i = 0; i < count; ++i) {
      int fd = -1;
      std::memcpy(&fd, CMSG_DATA(each) + i * sizeof fd, sizeof fd);
      command_.descriptors.emplace_back(fd);
    }
  }
  // The kernel closes those for which there is no room.
  if ((header.msg_flags & MSG_CTRUNC) != 0 || command_.descriptors.size() > kMaxUnixFdMemories) has_too_many_ = true;
  return got;
}

UnixFdConnection::Received UnixFdConnection::receive() {
  for (;;) {
    if (got_ >= kUnixFdHeader && got_ == kUnixFdHeader + command_.payload.size()) {
      got_ = 0;
      return std::exchange(command_, {});
    }
    // Reads of exact sizes: descriptors come with the first byte of a command, and would be lost among several ones.
    const std::span<std::byte> missing = got_ < kUnixFdHeader
                                             ? std::span(header_).subspan(got_)
                                             : std::span(command_.payload).subspan(got_ - kUnixFdHeader);
    const ssize_t got = read_into(missing);
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Nothing{};
    if (got <= 0) return Gone{};
    if (has_too_many_)
      return ProducerError{"a command comes with more than " + std::to_string(kMaxUnixFdMemories) +
                           " file descriptors, or this process has no descriptor left"};
    got_ += static_cast<std::size_t>(got);
    if (got_ != kUnixFdHeader) continue;
    std::uint32_t size = 0;
    std::memcpy(&command_.type, header_.data(), sizeof command_.type);
    std::memcpy(&size, header_.data() + sizeof command_.type, sizeof size);
    if (size > kMaxUnixFdPayload)
      return ProducerError{"it says that a command has " + std::to_string(size) + " bytes; the limit is " +
                           std::to_string(kMaxUnixFdPayload) + ". Is it unixfdsink?"};
    command_.payload.resize(size);
  }
}

bool UnixFdConnection::release(std::uint64_t id) const {
  const auto command = unixfd_release(id);
  ssize_t sent = -1;
  do sent = send(socket_.get(), command.data(), command.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  // After another error the sender is gone, which receive() tells.
  return sent == static_cast<ssize_t>(command.size()) || (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace cs
