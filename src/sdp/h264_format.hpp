// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// What an offer says of one of its H.264 payload types (RFC 6184, 8.1). A plain value.
struct H264Format {
  int packetization_mode = 0;
  unsigned profile = 0x4200;  ///< profile_idc and profile-iop, the first two bytes of profile-level-id
  int level_idc = 10;
  bool level_asymmetry_allowed = false;
};

/// Reads the parameters of an `a=fmtp` line, behind its payload type; what is absent has RFC 6184's default. None: a
/// value that cannot be read, so that nobody knows what this payload type means. Pure.
[[nodiscard]] std::optional<H264Format> read_h264_format(std::string_view parameters);

/// How gladly a decoder of that profile takes the Constrained Baseline pictures we send: 0 is best; none: it may not
/// take them at all.
[[nodiscard]] std::optional<int> profile_rank(unsigned profile);

/// profile-level-id for the answer: the offer's profile with the level of what we send.
[[nodiscard]] std::string profile_level_id(unsigned profile, int level_idc);

}  // namespace cs
