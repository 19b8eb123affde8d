// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_session.hpp"

#include <glib.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "fakes/memory_sink.hpp"
#include "fuzz/fuzz.hpp"
#include "log/log.hpp"
#include "producer/latest_picture.hpp"

namespace cs {
namespace {

using test::must;

constexpr Size kSize{64, 64};
constexpr unsigned char kDescriptors = 0x1f;  // bits of the first byte: so many come with the bytes
constexpr unsigned char kSecond = 0x80;       // and a second passes, and viewers come or leave
constexpr std::size_t kMostPieces = 500;      // of one input

bool is_line_of_utf8(std::string_view text) {
  return !test::has_control(text) && g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) != FALSE;
}

/// The frame memory of all inputs: an I420 frame of 64x64, shorter than frames of other sizes or formats.
int memory() {
  static const Fd fd = [] {
    Fd made(memfd_create("frame", MFD_CLOEXEC));
    must(made.get() >= 0 && ftruncate(made.get(), 64 * 64 * 3 / 2) == 0, "there is memory");
    return made;
  }();
  return fd.get();
}

/// A session with a sender that writes what the input says.
class FuzzedSender {
 public:
  FuzzedSender() : FuzzedSender(connected()) {}

  /// False: the session has ended.
  bool send(unsigned char control, std::string_view bytes) {
    if ((control & kSecond) != 0) {
      is_watched_ = !is_watched_;
      session_.set_demand(is_watched_, 30);
    }
    write(control & kDescriptors, bytes);
    const std::string end = session_.read(now_ += std::chrono::milliseconds((control & kSecond) != 0 ? 1000 : 1));
    must(is_line_of_utf8(end) && is_line_of_utf8(session_.status()), "why it ended, and the status, are lines");
    receive_releases();
    return end.empty() && session_.fd() >= 0;
  }

  /// The encoders get a picture, whatever was sent.
  void must_show() {
    must(picture_.deliver(true, now_) && sink_.count() == 1, "a picture can be shown");
    must(session_.frames() <= given_back_, "each frame that was shown is given back");
  }

 private:
  explicit FuzzedSender(std::pair<Fd, Fd> ends)
      : own_(std::move(ends.first)), session_(std::move(ends.second), picture_, metrics_) {}

  static std::pair<Fd, Fd> connected() {
    std::array<int, 2> ends{};
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends.data()) == 0, "there are sockets");
    return {Fd(ends[0]), Fd(ends[1])};
  }

  void write(std::size_t descriptors, std::string_view bytes) {
    if (bytes.empty()) return;
    iovec part{const_cast<char*>(bytes.data()), bytes.size()};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int) * kDescriptors)> control{};
    msghdr header{};
    header.msg_iov = &part;
    header.msg_iovlen = 1;
    if (descriptors > 0) {
      header.msg_control = control.data();
      header.msg_controllen = CMSG_SPACE(sizeof(int) * descriptors);
      cmsghdr* const rights = CMSG_FIRSTHDR(&header);
      rights->cmsg_level = SOL_SOCKET;
      rights->cmsg_type = SCM_RIGHTS;
      rights->cmsg_len = CMSG_LEN(sizeof(int) * descriptors);
      const std::vector<int> fds(descriptors, memory());
      std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * descriptors);
    }
    must(sendmsg(own_.get(), &header, MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()), "the session reads");
  }

  void receive_releases() {
    std::array<char, 16> command{};
    for (;;) {
      const ssize_t got = recv(own_.get(), command.data(), command.size(), 0);
      if (got <= 0) return;
      must(got == static_cast<ssize_t>(command.size()), "commands come whole");
      std::array<std::uint32_t, 2> head{};
      std::memcpy(head.data(), command.data(), sizeof head);
      must(head[0] == 1 && head[1] == 8, "it sends RELEASE_BUFFER only");
      ++given_back_;
    }
  }

  TimePoint now_ = Clock::now();
  Metrics metrics_;
  test::MemorySink sink_{kSize};
  LatestPicture picture_{kSize, sink_, metrics_};
  Fd own_;
  UnixFdSession session_;
  bool is_watched_ = false;
  std::uint64_t given_back_ = 0;
};

}  // namespace

/// Input: pieces of what unixfdsink writes, each after a byte (see kDescriptors and kSecond) and its length in two
/// bytes, little-endian. A command may be in several pieces.
void fuzz(std::string_view input) {
  static const bool is_quiet = (start_logging(LogLevel::error, LogFormat::text), true);
  static_cast<void>(is_quiet);
  FuzzedSender sender;
  for (std::size_t count = 0; input.size() >= 3 && count < kMostPieces; ++count) {
    const auto control = static_cast<unsigned char>(input[0]);
    std::uint16_t length = 0;
    std::memcpy(&length, input.data() + 1, sizeof length);
    input.remove_prefix(3);
    const std::string_view bytes = input.substr(0, length);
    input.remove_prefix(bytes.size());
    if (!sender.send(control, bytes)) break;
  }
  sender.must_show();
}

}  // namespace cs
