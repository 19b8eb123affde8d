// SPDX-License-Identifier: MIT
#include <cstring>
#include <span>
#include <string>
#include <variant>

#include "fuzz/fuzz.hpp"
#include "unixfd/unixfd_caps.hpp"
#include "unixfd/unixfd_protocol.hpp"

namespace cs {
namespace {

using test::must;

void check(std::monostate /*none*/) {}

void check(const ProducerError& error) {
  must(!error.sentence.empty() && !test::has_control(error.sentence), "a refusal is one line");
}

void check(const CapsFrames& read) {
  const ProducerFrames& frames = read.frames;
  must(frames.width >= 64 && frames.width <= 7680 && frames.width % 2 == 0, "the width is within its limits");
  must(frames.height >= 64 && frames.height <= 4320 && frames.height % 2 == 0, "the height is within its limits");
  const SlotLayout& layout = read.layout;
  must(layout.planes >= 1 && layout.planes <= 3 && layout.bytes <= 4ULL * 7680 * 4320, "the layout is possible");
  std::uint64_t end = 0;
  for (std::size_t i = 0; i < layout.planes; ++i) {
    const PlaneLayout& plane = layout.plane.at(i);
    must(plane.offset == end, "planes follow each other");
    end += std::uint64_t{plane.stride} * plane.rows;
  }
  must(end == layout.bytes, "the planes fill the frame");
}

}  // namespace

/// The input is the text of caps, or the payload of NEW_BUFFER.
void fuzz(std::string_view input) {
  std::visit([](const auto& result) { check(result); }, parse_unixfd_caps(input));
  const auto buffer = parse_unixfd_buffer(std::as_bytes(std::span(input.data(), input.size())));
  if (!buffer) return;
  must(!buffer->parts.empty() && buffer->parts.size() <= kMaxUnixFdMemories, "a buffer has 1 to 16 memories");
  must(input.size() >= 56 + buffer->parts.size() * sizeof(UnixFdBuffer::Part), "memories come from the payload");
  std::uint64_t id = 0;
  std::memcpy(&id, unixfd_release(buffer->id).data() + kUnixFdHeader, sizeof id);
  must(id == buffer->id, "the id survives");
}

}  // namespace cs
