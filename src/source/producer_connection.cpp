// SPDX-License-Identifier: MIT
#include "source/producer_connection.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace cs {
namespace {

bool send_message(int socket, const ProducerMessageWriter::Message& message, std::span<const int> descriptors) {
  iovec part{const_cast<std::byte*>(message.data()), message.size()};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kFrameSlots)> control{};
  msghdr header{};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  if (!descriptors.empty()) {
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(descriptors.size_bytes());
    cmsghdr* const rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(descriptors.size_bytes());
    std::memcpy(CMSG_DATA(rights), descriptors.data(), descriptors.size_bytes());
  }
  ssize_t sent = -1;
  do sent = sendmsg(socket, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent >= 0;
}

}  // namespace

ProducerConnection::Received ProducerConnection::receive() {
  // Without room for control data, the kernel closes descriptors that come with the message.
  ssize_t got = -1;
  do got = recv(socket_.get(), buffer_.data(), buffer_.size(), MSG_DONTWAIT | MSG_TRUNC);
  while (got < 0 && errno == EINTR);
  if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Nothing{};
  if (got <= 0) return Gone{};
  const auto size = static_cast<std::size_t>(got);
  if (size > buffer_.size()) return ProducerError{"a message is larger than 65,535 bytes"};
  auto parsed = parse_producer_message(std::span(buffer_).first(size));
  if (auto* error = std::get_if<ProducerError>(&parsed)) return std::move(*error);
  return std::get<ProducerMessage>(std::move(parsed));
}

bool ProducerConnection::send(const ProducerMessageWriter::Message& message,
                              std::span<const int, kFrameSlots> descriptors) const {
  return send_message(socket_.get(), message, descriptors);
}

bool ProducerConnection::send(const ProducerMessageWriter::Message& message) const {
  return send_message(socket_.get(), message, {});
}

}  // namespace cs
