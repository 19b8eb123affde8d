// SPDX-License-Identifier: MIT
#include "sdp/codec_table.hpp"

#include <algorithm>
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

constexpr CodecRow kRows[] = {
    {Codec::h264, "application/x-rtp,media=video,encoding-name=H264,clock-rate=90000,packetization-mode=(string)1",
     choose_h264},
    {Codec::vp8, "application/x-rtp,media=video,encoding-name=VP8,clock-rate=90000", choose_vp8},
};

}  // namespace

std::span<const CodecRow> codec_table() {
  return kRows;
}

const CodecRow& codec_row(Codec codec) {
  return *std::ranges::find(kRows, codec, &CodecRow::codec);
}

}  // namespace cs
