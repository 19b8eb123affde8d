// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_protocol.hpp"

#include <cstring>
#include <string_view>

namespace cs {
namespace {

struct BufferHead {
  std::uint64_t id = 0;
  std::uint64_t pts = 0;
  std::uint64_t dts = 0;
  std::uint64_t duration = 0;
  std::uint64_t offset = 0;
  std::uint64_t offset_end = 0;
  std::uint32_t flags = 0;
  std::uint8_t type = 0;
  std::uint8_t memories = 0;
  std::uint16_t metas = 0;  // 0 before GStreamer 1.26
};
static_assert(sizeof(BufferHead) == 56);
static_assert(sizeof(UnixFdBuffer::Part) == 16);

}  // namespace

std::optional<UnixFdBuffer> parse_unixfd_buffer(std::span<const std::byte> payload) {
  BufferHead head;
  if (payload.size() < sizeof head) return std::nullopt;
  std::memcpy(&head, payload.data(), sizeof head);
  const std::size_t parts = head.memories * sizeof(UnixFdBuffer::Part);
  payload = payload.subspan(sizeof head);
  if (head.memories == 0 || head.memories > kMaxUnixFdMemories || payload.size() < parts) return std::nullopt;
  UnixFdBuffer buffer{.id = head.id, .pts = head.pts, .type = head.type, .parts = {}};
  buffer.parts.resize(head.memories);
  std::memcpy(buffer.parts.data(), payload.data(), parts);
  const auto metas = payload.subspan(parts);
  const std::string_view text(reinterpret_cast<const char*>(metas.data()), metas.size());
  buffer.has_video_meta = head.metas > 0 && text.find("GstVideoMeta") != std::string_view::npos;
  return buffer;
}

std::array<std::byte, 16> unixfd_release(std::uint64_t id) {
  struct {
    std::uint32_t type = static_cast<std::uint32_t>(UnixFdCommand::release_buffer);
    std::uint32_t size = sizeof(std::uint64_t);
    std::uint64_t id = 0;
  } command;
  command.id = id;
  std::array<std::byte, 16> bytes{};
  static_assert(sizeof command == sizeof bytes);
  std::memcpy(bytes.data(), &command, sizeof command);
  return bytes;
}

}  // namespace cs
