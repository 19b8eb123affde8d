// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cs {

// The protocol between GStreamer's unixfdsink, which sends frames, and unixfdsrc, whose part the daemon takes. It has
// no version and no specification: this is what GStreamer 1.24 and 1.26 do. Numbers have the byte order of the machine.
// A command is a type, the size of its payload (both u32), and the payload. Senders are not trusted.

inline constexpr std::size_t kUnixFdHeader = 8;
inline constexpr std::size_t kMaxUnixFdPayload = 65'536;
inline constexpr std::size_t kMaxUnixFdMemories = 16;  // of one buffer, as in GStreamer

enum class UnixFdCommand : std::uint32_t { new_buffer = 0, release_buffer = 1, caps = 2, eos = 3 };
enum class UnixFdMemory : std::uint8_t { plain = 0, dmabuf = 1 };

/// The payload of NEW_BUFFER: a frame in one or several memories. Their file descriptors come with the command.
struct UnixFdBuffer {
  struct Part {
    std::uint64_t size = 0;    ///< bytes; not checked
    std::uint64_t offset = 0;  ///< in the memory; not checked
  };
  std::uint64_t id = 0;         ///< to be named in RELEASE_BUFFER
  std::uint64_t pts = 0;        ///< when it is due, CLOCK_MONOTONIC in nanoseconds; not checked
  std::uint8_t type = 0;        ///< UnixFdMemory; others may come
  bool has_video_meta = false;  ///< it describes rows and planes, perhaps other ones than the caps
  std::vector<Part> parts;      ///< at most kMaxUnixFdMemories
};

/// Parses the payload of NEW_BUFFER; nullopt: it is no such payload. Metadata, which GStreamer 1.26 adds at the end,
/// are skipped. Pure.
[[nodiscard]] std::optional<UnixFdBuffer> parse_unixfd_buffer(std::span<const std::byte> payload);

/// The command RELEASE_BUFFER. Pure.
[[nodiscard]] std::array<std::byte, 16> unixfd_release(std::uint64_t id);

}  // namespace cs
