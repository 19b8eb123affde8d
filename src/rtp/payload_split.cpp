// SPDX-License-Identifier: MIT
#include "rtp/payload_split.hpp"

#include <algorithm>
#include <array>

namespace cs {
namespace {

/// Size of the fragments when `size` bytes are split into as few fragments of at most `max_size` bytes as possible. All
/// have the same size except the last, because segmentation offload needs packets of equal size.
std::size_t fragment_size(std::size_t size, std::size_t max_size) {
  const std::size_t count = (size + max_size - 1) / max_size;
  return (size + count - 1) / count;
}

}  // namespace

void split_h264(Parts nal_units, std::uint16_t /*picture_id*/, std::size_t max_size, const EmitPayload& emit) {
  constexpr std::uint8_t fu_a = 28;
  constexpr std::uint8_t start = 0x80;
  constexpr std::uint8_t end = 0x40;
  for (const std::span<const std::byte> nal : nal_units) {
    if (nal.size() <= max_size) {
      emit({}, nal);
      continue;
    }
    const auto head = std::to_integer<std::uint8_t>(nal[0]);
    const std::span<const std::byte> body = nal.subspan(1);
    std::array<std::uint8_t, 2> prefix = {static_cast<std::uint8_t>((head & 0xe0U) | fu_a), 0};
    const std::size_t size = fragment_size(body.size(), max_size - prefix.size());
    for (std::size_t at = 0; at < body.size(); at += size) {
      const auto fragment = body.subspan(at, std::min(size, body.size() - at));
      prefix[1] = static_cast<std::uint8_t>((head & 0x1fU) | (at == 0 ? start : 0U) |
                                            (at + fragment.size() == body.size() ? end : 0U));
      emit(prefix, fragment);
    }
  }
}

void split_vp8(Parts frame, std::uint16_t picture_id, std::size_t max_size, const EmitPayload& emit) {
  constexpr std::uint8_t extended = 0x80;
  constexpr std::uint8_t starts_partition = 0x10;
  constexpr std::uint8_t has_picture_id = 0x80;
  std::array<std::uint8_t, 4> prefix = {extended | starts_partition, has_picture_id,
                                        static_cast<std::uint8_t>(0x80U | (picture_id >> 8U & 0x7fU)),
                                        static_cast<std::uint8_t>(picture_id & 0xffU)};
  for (const std::span<const std::byte> part : frame) {
    if (part.empty()) continue;
    const std::size_t size = fragment_size(part.size(), max_size - prefix.size());
    for (std::size_t at = 0; at < part.size(); at += size) {
      emit(prefix, part.subspan(at, std::min(size, part.size() - at)));
      prefix[0] = extended;
    }
  }
}

SplitPayload payload_splitter(Codec codec) {
  switch (codec) {
    case Codec::h264:
      return split_h264;
    case Codec::vp8:
      return split_vp8;
  }
  return nullptr;
}

}  // namespace cs
