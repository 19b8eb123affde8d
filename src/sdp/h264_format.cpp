// SPDX-License-Identifier: MIT
#include "sdp/h264_format.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdio>

#include "base/text.hpp"

namespace cs {
namespace {}  // namespace

std::optional<H264Format> read_h264_format(std::string_view parameters) {
  H264Format format;
  while (!parameters.empty()) {
    const auto end = std::min(parameters.find(';'), parameters.size());
    const std::string_view parameter = parameters.substr(0, end);
    parameters.remove_prefix(std::min(end + 1, parameters.size()));

    const auto equals = static_cast<std::size_t>(std::ranges::find(parameter, '=') - parameter.begin());
    const std::string_view key = trimmed(parameter.substr(0, equals));
    const std::string_view value = trimmed(parameter.substr(std::min(equals + 1, parameter.size())));
    if (lower_case(key) == "packetization-mode") {
      const auto mode =
          value.size() == 1 ? parse_number<unsigned>(value) : std::nullopt;  // GStreamer does not accept "01"
      if (!mode || *mode > 2) return std::nullopt;
      format.packetization_mode = static_cast<int>(*mode);
    } else if (lower_case(key) == "profile-level-id") {
      const auto id =
          value.size() == 6 ? parse_number<unsigned>(value, 0, std::numeric_limits<unsigned>::max(), 16) : std::nullopt;
      if (!id) return std::nullopt;
      format.profile = *id >> 8U;
      format.level_idc = static_cast<int>(*id & 0xffU);
    } else if (lower_case(key) == "level-asymmetry-allowed") {
      format.level_asymmetry_allowed = value == "1";
    }
  }
  return format;
}

std::optional<int> profile_rank(unsigned profile) {
  const unsigned idc = profile >> 8U;
  // RFC 6184, table 5: Baseline with constraint_set1 and Main with constraint_set0 are Constrained Baseline.
  const bool constraint_set0 = (profile & 0x80U) != 0;
  const bool constraint_set1 = (profile & 0x40U) != 0;
  switch (idc) {
    case 0x42:
      return constraint_set1 ? 0 : 1;
    case 0x4d:
      return constraint_set0 ? 0 : 2;
    case 0x64:
      return 3;
    default:
      return std::nullopt;
  }
}

std::string profile_level_id(unsigned profile, int level_idc) {
  // With constraint_set3, level_idc 11 would mean the lower level 1b.
  const int level = level_idc == 11 && (profile & 0x10U) != 0 ? 12 : level_idc;
  std::array<char, 7> text{};
  std::snprintf(text.data(), text.size(), "%04x%02x", profile & 0xffffU, static_cast<unsigned>(level) & 0xffU);
  return text.data();
}

}  // namespace cs
