// SPDX-License-Identifier: MIT
#include "sdp/codec_table.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "cubestream/h264_level.hpp"
#include "sdp/h264_format.hpp"

namespace cs {
namespace {

/// Requires packetization mode 1. Prefers the profile nearest to Constrained Baseline, which the server sends, then a
/// sufficient level, then the client's order.
///
/// Without level-asymmetry-allowed, an answer must not exceed the offer's level (RFC 6184, 8.2.2). The server answers
/// and sends anyway: the declared level must match the stream, and decoders accept more than offers declare (Chromium
/// ignores the level).
PayloadChoice choose_h264(const SdpSection& section, const Stream& stream) {
  struct Candidate {
    std::tuple<int, bool> rank;  // lower is better
    int type;
    unsigned profile;
  };
  const int level_idc = h264_level(stream.format, stream.bitrate_kbps).value_or(kH264Levels.back()).idc;
  std::optional<Candidate> best;
  bool has_h264 = false;
  bool has_mode_1 = false;
  for (const int type : section.payload_types()) {
    if (section.mapping(type) != "H264/90000") continue;
    has_h264 = true;
    const auto format = read_h264_format(section.of_payload("fmtp", type).value_or(""));
    if (!format || format->packetization_mode != 1) continue;
    has_mode_1 = true;
    const auto profile = profile_rank(format->profile);
    if (!profile) continue;
    const bool too_small = format->level_idc < level_idc && !format->level_asymmetry_allowed;
    const Candidate candidate = {{*profile, too_small}, type, format->profile};
    if (!best || candidate.rank < best->rank) best = candidate;
  }
  if (!has_h264) return {};
  if (!has_mode_1)
    return OfferRefusal{"h264-mode",
                        "this browser offers H.264 with packetization mode 0 only, which cannot carry large pictures; "
                        "this server needs packetization-mode=1"};
  if (!best)
    return OfferRefusal{"h264-profile",
                        "this browser offers H.264, but none of the profiles Baseline, Main and High; one of them is "
                        "required"};
  return Payload{best->type, "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=" +
                                 profile_level_id(best->profile, level_idc)};
}

PayloadChoice choose_vp8(const SdpSection& section, const Stream& /*stream*/) {
  for (const int type : section.payload_types())
    if (section.mapping(type) == "VP8/90000") return Payload{type, ""};
  return {};
}

/// Size of the fragments when `size` bytes are split into as few fragments of at most `max_size` bytes as possible. All
/// have the same size except the last, because segmentation offload needs packets of equal size.
std::size_t fragment_size(std::size_t size, std::size_t max_size) {
  const std::size_t count = (size + max_size - 1) / max_size;
  return (size + count - 1) / count;
}

/// RFC 6184: single NAL unit packets (5.6) for NAL units that fit, otherwise FU-A fragments of equal size (5.8).
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

/// RFC 7741: fragments with the payload descriptor of 4.2, which contains the 15-bit PictureID. With it, a receiver
/// detects that a whole frame is missing.
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

constexpr CodecRow kRows[] = {
    {Codec::h264, "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,packetization-mode=(string)1",
     choose_h264, split_h264},
    {Codec::vp8, "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000", choose_vp8, split_vp8},
};
static_assert(std::ranges::all_of(kCodecs, [](Codec codec) {
  return std::ranges::find(kRows, codec, &CodecRow::codec) != std::end(kRows);
}));

}  // namespace

std::span<const CodecRow> codec_table() {
  return kRows;
}

const CodecRow& codec_row(Codec codec) {
  return *std::ranges::find(kRows, codec, &CodecRow::codec);
}

}  // namespace cs
