// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cs {

/// Format parameters of an H.264 payload type (RFC 6184, 8.1). A plain value.
struct H264Format {
  int packetization_mode = 0;
  unsigned profile = 0x4200;  ///< profile_idc and profile-iop, the first two bytes of profile-level-id
  int level_idc = 10;
  bool level_asymmetry_allowed = false;
};

/// Parses the parameters of an `a=fmtp` line, without the payload type. Missing parameters have the defaults of RFC
/// 6184. Returns nothing when a value is invalid. Pure.
[[nodiscard]] std::optional<H264Format> read_h264_format(std::string_view parameters);

/// Rank of a profile for decoding Constrained Baseline, which the server sends: 0 is best. Nothing: the profile may not
/// decode it. Pure.
[[nodiscard]] std::optional<int> profile_rank(unsigned profile);

/// profile-level-id of the answer: the offer's profile with the level of the sent stream. Pure.
[[nodiscard]] std::string profile_level_id(unsigned profile, int level_idc);

}  // namespace cs
