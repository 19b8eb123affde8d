// SPDX-License-Identifier: MIT
// A producer for tests, written from docs/scenes.md alone: it uses nothing of src/source.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "fakes/receive_limit.hpp"

namespace cs::test {

/// A message as bytes, with readers of its numbers.
struct WireMessage {
  std::vector<std::byte> bytes;
  std::vector<Fd> descriptors;

  template <typename T>
  [[nodiscard]] T at(std::size_t offset) const {
    T value{};
    if (offset + sizeof value <= bytes.size()) std::memcpy(&value, bytes.data() + offset, sizeof value);
    return value;
  }
  [[nodiscard]] int type() const { return bytes.empty() ? 0 : at<std::uint16_t>(0); }
  /// The code and the text of an ERROR.
  [[nodiscard]] std::uint32_t code() const { return at<std::uint32_t>(8); }
  [[nodiscard]] std::string text() const {
    const auto length = at<std::uint32_t>(12);
    if (bytes.size() < 16 + length) return "(the message is shorter than its text)";
    return {reinterpret_cast<const char*>(bytes.data()) + 16, length};
  }
};

class FakeProducer {
 public:
  enum Type { kHello = 1, kConfig, kBuffers, kRequest, kFrame, kRelease, kStatus, kError, kDemand };

  explicit FakeProducer(Fd socket) : socket_(std::move(socket)) { limit_receiving(socket_); }

  /// Connects to a daemon.
  explicit FakeProducer(const std::string& path) : socket_(socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    EXPECT_EQ(connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
    limit_receiving(socket_);
  }
  ~FakeProducer() { unmap(); }
  FakeProducer(const FakeProducer&) = delete;
  FakeProducer& operator=(const FakeProducer&) = delete;

  void send(const std::vector<std::byte>& message) const {
    EXPECT_EQ(::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(message.size()));
  }

  /// Whether a message could be sent without waiting.
  [[nodiscard]] bool try_send(const std::vector<std::byte>& message) const {
    return ::send(socket_.get(), message.data(), message.size(), MSG_NOSIGNAL | MSG_DONTWAIT) >= 0;
  }

  /// A message of 32-bit numbers after its header; text may follow.
  static std::vector<std::byte> message(int type, const std::vector<std::uint32_t>& numbers,
                                        const std::string& text = {}) {
    std::vector<std::byte> bytes(8 + 4 * numbers.size() + text.size());
    const auto kind = static_cast<std::uint16_t>(type);
    const auto size = static_cast<std::uint16_t>(bytes.size());
    std::memcpy(bytes.data(), &kind, 2);
    std::memcpy(bytes.data() + 2, &size, 2);
    std::ranges::copy(std::as_bytes(std::span(numbers)), bytes.begin() + 8);
    std::ranges::copy(std::as_bytes(std::span(text)), bytes.end() - static_cast<std::ptrdiff_t>(text.size()));
    return bytes;
  }

  void hello(std::uint32_t wide = 0, std::uint32_t high = 0, std::uint32_t format = 1, std::uint32_t mode = 1,
             std::uint32_t flags = 0, std::string name = "test", std::uint32_t fps = 0) const {
    name.resize(64);
    send(message(kHello, {0x1'0001, 0, format, mode, wide, high, fps, flags, 0, 0}, name));
  }
  void wish(std::uint32_t wide, std::uint32_t high, std::uint32_t format = 1, std::uint32_t mode = 1) const {
    send(message(kConfig, std::vector<std::uint32_t>{0, wide, high, 0, format, mode, 0, 0, 0, 0, 0, 0,
                                                     0, 0,    0,    0, 0,      0,    0, 0, 0, 0, 0, 0}));
  }
  void status(std::uint32_t percent, const std::string& text) const {
    send(message(kStatus, {percent, static_cast<std::uint32_t>(text.size())}, text));
  }
  void frame(std::uint64_t request, std::uint32_t slot, std::uint32_t flags = 0, std::uint64_t captured_at = 0) const {
    send(frame_message(request, slot, flags, captured_at));
  }
  [[nodiscard]] std::vector<std::byte> frame_message(std::uint64_t request, std::uint32_t slot, std::uint32_t flags = 0,
                                                     std::uint64_t captured_at = 0) const {
    const auto low = [](std::uint64_t value) { return static_cast<std::uint32_t>(value); };
    return message(kFrame, {low(request), low(request >> 32), low(captured_at), low(captured_at >> 32), generation,
                            slot, flags, 0, 0, 0});
  }

  /// The next message; waits for it, at most kReceiveLimit, after which the test fails. Keeps what CONFIG and BUFFERS
  /// say. Without bytes: the daemon has closed, or receiving failed, which a test can tell by errno.
  WireMessage receive() {
    WireMessage message;
    message.bytes.resize(65'536);
    iovec part{message.bytes.data(), message.bytes.size()};
    alignas(cmsghdr) std::array<char, 256> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
    errno = 0;
    const ssize_t got = recvmsg(socket_.get(), &header, MSG_CMSG_CLOEXEC);
    if (got < 0 && errno == EAGAIN)
      ADD_FAILURE() << "the daemon has sent no message for " << kReceiveLimit.count() << " s";
    message.bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    for (const cmsghdr* each = CMSG_FIRSTHDR(&header); got > 0 && each != nullptr;
         each = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(each))) {
      std::vector<int> fds((each->cmsg_len - CMSG_LEN(0)) / sizeof(int));
      std::memcpy(fds.data(), CMSG_DATA(each), fds.size() * sizeof(int));
      for (const int fd : fds) message.descriptors.emplace_back(fd);
    }
    if (message.type() == kConfig) {
      generation = message.at<std::uint32_t>(8);
      width = message.at<std::uint32_t>(12);
      height = message.at<std::uint32_t>(16);
      slot_bytes = message.at<std::uint64_t>(40);
      stride = message.at<std::uint32_t>(64);
    }
    if (message.type() == kBuffers) map(message.descriptors);
    return message;
  }

  /// Receives until a message of this type; an empty one if the daemon closes first.
  WireMessage receive(int type) {
    for (;;) {
      WireMessage message = receive();
      if (message.bytes.empty() || message.type() == type) return message;
    }
  }

  /// Receives until DEMAND says this. Returns the numbers of the requests before it.
  std::vector<std::uint64_t> receive_demand(bool is_watched) {
    std::vector<std::uint64_t> requests;
    for (;;) {
      const WireMessage message = receive();
      if (message.type() == kRequest) requests.push_back(message.at<std::uint64_t>(8));
      if (message.type() == kDemand && (message.at<std::uint32_t>(8) != 0) == is_watched) return requests;
      if (message.bytes.empty()) {
        ADD_FAILURE() << "there was no DEMAND " << is_watched;
        return requests;
      }
    }
  }

  /// Fills a slot with one value.
  void fill(std::uint32_t slot, unsigned char value) const {
    std::memset(slots.at(slot).data(), value, slots.at(slot).size());
  }

  [[nodiscard]] int fd() const { return socket_.get(); }
  void close() { socket_ = Fd(); }

  std::uint32_t generation = 0;
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint32_t stride = 0;
  std::uint64_t slot_bytes = 0;
  std::vector<std::span<std::byte>> slots;
  std::vector<Fd> memory;  ///< the descriptors

 private:
  void map(std::vector<Fd>& descriptors) {
    unmap();
    memory = std::move(descriptors);
    for (const Fd& fd : memory) {
      void* const at = mmap(nullptr, slot_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
      ASSERT_NE(at, MAP_FAILED);
      slots.emplace_back(static_cast<std::byte*>(at), slot_bytes);
    }
  }
  void unmap() {
    for (const auto& slot : slots) munmap(slot.data(), slot.size());
    slots.clear();
  }

  Fd socket_;
};

}  // namespace cs::test
