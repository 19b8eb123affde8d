// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_frame.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>

namespace cs {
namespace {

constexpr std::uint64_t kLastOffset = std::numeric_limits<off_t>::max();
constexpr const char* kTooShort = "sends frames that are shorter than their caps say";

/// Whether it is a file of the kernel's shared memory: a memfd, or one of shm_open(). Asks no file system.
bool is_shared_memory(int fd) {
  return fcntl(fd, F_GET_SEALS) >= 0;
}

}  // namespace

std::string copy_unixfd_frame(const UnixFdBuffer& buffer, std::span<const Fd> descriptors, std::uint64_t bytes,
                              std::vector<std::byte>& to) {
  if (descriptors.size() != buffer.parts.size())
    return "sends a frame of " + std::to_string(buffer.parts.size()) + " memories with " +
           std::to_string(descriptors.size()) + " file descriptors";
  std::uint64_t total = 0;
  for (const UnixFdBuffer::Part& part : buffer.parts) {
    if (part.offset > kLastOffset || part.size > kLastOffset - part.offset)
      return "sends a frame with an impossible offset";
    total += std::min(part.size, bytes + 1);
  }
  if (total < bytes) return kTooShort;
  if (total != bytes && buffer.has_video_meta)
    return "sends frames with rows or planes of its own; add ! videoconvert ! video/x-raw,format=I420 before "
           "unixfdsink";

  to.resize(bytes);
  std::uint64_t done = 0;
  for (std::size_t i = 0; i < descriptors.size() && done < bytes; ++i) {
    const int fd = descriptors[i].get();
    if (!is_shared_memory(fd)) return "sends frames in files that are no shared memory";
    const std::uint64_t wanted = std::min(buffer.parts[i].size, bytes - done);
    for (std::uint64_t read = 0; read < wanted;) {
      const ssize_t got =
          pread(fd, to.data() + done + read, wanted - read, static_cast<off_t>(buffer.parts[i].offset + read));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return std::string("sends frames that cannot be read: ") + std::strerror(errno);
      if (got == 0) return kTooShort;
      read += static_cast<std::uint64_t>(got);
    }
    done += wanted;
  }
  return "";
}

}  // namespace cs
