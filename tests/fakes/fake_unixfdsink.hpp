// SPDX-License-Identifier: MIT
// A stand-in for GStreamer's unixfdsink, written from what GStreamer 1.26 sends: it uses nothing of src/source.
#pragma once

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/fd.hpp"
#include "fakes/receive_limit.hpp"

namespace cs::test {

class FakeUnixFdSink {
 public:
  static constexpr std::uint32_t kNewBuffer = 0;
  static constexpr std::uint32_t kCaps = 2;
  static constexpr std::uint32_t kEos = 3;

  /// One end of a connection.
  explicit FakeUnixFdSink(Fd socket) : socket_(std::move(socket)) { limit_receiving(socket_); }

  /// Listens at `path`, as the element does.
  explicit FakeUnixFdSink(const std::string& path) : listener_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
    unlink(path.c_str());
    EXPECT_EQ(bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0) << path;
    EXPECT_EQ(listen(listener_.get(), 8), 0);
    limit_receiving(listener_);
  }
  /// Waits for the daemon, at most kReceiveLimit, after which the test fails.
  void accept() {
    socket_ = Fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    ASSERT_GE(socket_.get(), 0) << "the daemon has not connected within " << kReceiveLimit.count() << " s";
    limit_receiving(socket_);
  }

  /// A memfd with these bytes.
  static Fd memory(std::size_t size, unsigned char value) {
    Fd fd(memfd_create("frame", MFD_CLOEXEC));
    const std::vector<unsigned char> bytes(size, value);
    EXPECT_EQ(pwrite(fd.get(), bytes.data(), size, 0), static_cast<ssize_t>(size));
    return fd;
  }

  /// Sends a command with descriptors, in one message. `says`: the size that the header names, if it lies.
  void send(std::uint32_t type, const std::string& payload, const std::vector<int>& descriptors = {},
            std::optional<std::uint32_t> says = {}) const {
    EXPECT_TRUE(try_send(type, payload, descriptors, says, 0));
  }
  [[nodiscard]] bool try_send(std::uint32_t type, const std::string& payload, const std::vector<int>& descriptors = {},
                              std::optional<std::uint32_t> says = {}, int flags = MSG_DONTWAIT) const {
    std::array<std::uint32_t, 2> head = {type, says.value_or(static_cast<std::uint32_t>(payload.size()))};
    std::array<iovec, 2> parts = {{{head.data(), sizeof head}, {const_cast<char*>(payload.data()), payload.size()}}};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * 64)> control{};
    msghdr header{};
    header.msg_iov = parts.data();
    header.msg_iovlen = parts.size();
    if (!descriptors.empty()) {
      const std::size_t bytes = descriptors.size() * sizeof(int);
      header.msg_control = control.data();
      header.msg_controllen = CMSG_SPACE(bytes);
      cmsghdr* const rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(bytes);
      std::memcpy(CMSG_DATA(rights), descriptors.data(), bytes);
    }
    return sendmsg(socket_.get(), &header, MSG_NOSIGNAL | flags) == static_cast<ssize_t>(sizeof head + payload.size());
  }
  void send_bytes(const std::string& bytes) const {
    EXPECT_EQ(::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL), static_cast<ssize_t>(bytes.size()));
  }

  void caps(const std::string& text) const { send(kCaps, text + '\0'); }
  void caps(int width, int height, const std::string& format, const std::string& more = {}) const {
    caps("video/x-raw, format=(string)" + format + ", width=(int)" + std::to_string(width) + ", height=(int)" +
         std::to_string(height) + ", framerate=(fraction)30/1, multiview-mode=(string)mono" + more);
  }

  struct Part {
    std::uint64_t size = 0;
    std::uint64_t offset = 0;
  };
  /// The payload of NEW_BUFFER.
  static std::string buffer(std::uint64_t id, const std::vector<Part>& parts, std::uint8_t type = 0,
                            const std::string& metas = {}, std::uint64_t pts = UINT64_MAX) {
    struct {
      std::uint64_t id, pts, dts, duration, offset, offset_end;
      std::uint32_t flags;
      std::uint8_t type, memories;
      std::uint16_t metas;
    } head{id,
           pts,
           0,
           0,
           0,
           0,
           0,
           type,
           static_cast<std::uint8_t>(parts.size()),
           static_cast<std::uint16_t>(metas.empty() ? 0 : 1)};
    static_assert(sizeof head == 56);
    std::string payload(reinterpret_cast<const char*>(&head), sizeof head);
    payload.append(reinterpret_cast<const char*>(parts.data()), parts.size() * sizeof(Part));
    return payload + metas;
  }
  /// A frame in one memory, filled with `value`.
  void frame(std::uint64_t id, std::size_t size, unsigned char value) const {
    const Fd fd = memory(size, value);
    send(kNewBuffer, buffer(id, {{size, 0}}), {fd.get()});
  }

  /// The id of the next RELEASE_BUFFER; waits for it, at most kReceiveLimit, after which the test fails. nullopt: the
  /// daemon has closed, or it came too late.
  std::optional<std::uint64_t> released() const {
    struct {
      std::uint32_t type = 99;
      std::uint32_t size = 0;
      std::uint64_t id = 0;
    } command;
    const ssize_t got = recv(socket_.get(), &command, sizeof command, MSG_WAITALL);
    if (got == 0) return std::nullopt;
    if (got < 0 && errno == EAGAIN) {
      ADD_FAILURE() << "the daemon has released no buffer for " << kReceiveLimit.count() << " s";
      return std::nullopt;
    }
    EXPECT_EQ(got, static_cast<ssize_t>(sizeof command));
    EXPECT_EQ(command.type, 1U);
    EXPECT_EQ(command.size, 8U);
    return command.id;
  }
  /// Whether a RELEASE_BUFFER waits.
  [[nodiscard]] bool has_release() const {
    char byte = 0;
    return recv(socket_.get(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 1;
  }
  void close() { socket_ = Fd(); }
  /// What the daemon sends fails from now on, as while the element ends.
  void stop_reading() const { shutdown(socket_.get(), SHUT_RD); }
  void stop_listening() { listener_ = Fd(); }

 private:
  Fd listener_;
  Fd socket_;
};

}  // namespace cs::test
