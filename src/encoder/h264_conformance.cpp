// SPDX-License-Identifier: MIT
#include "encoder/h264_conformance.hpp"

#include <cstddef>
#include <cstdint>
#include <span>

namespace cs {
namespace {

using Bytes = std::span<const std::byte>;

enum NalType : unsigned { kIdrSlice = 5, kSps = 7, kPps = 8 };

unsigned type_of(Bytes unit) {
  return std::to_integer<unsigned>(unit.front()) & 0x1fU;
}

/// Bit reader for a NAL unit's payload (7.3.1). Ignores emulation prevention, because the fields read here come before
/// two zero bytes can occur. Reads zeros after the end.
class Bits {
 public:
  explicit Bits(Bytes payload) : payload_(payload) {}

  unsigned one() {
    const std::size_t byte = at_ / 8;
    const unsigned shift = 7U - static_cast<unsigned>(at_ % 8);
    ++at_;
    return byte < payload_.size() ? std::to_integer<unsigned>(payload_[byte]) >> shift & 1U : 0U;
  }

  /// ue(v), section 9.1.
  unsigned exp_golomb() {
    unsigned zeros = 0;
    while (zeros < 31 && one() == 0) ++zeros;
    unsigned value = 1;
    for (unsigned i = 0; i < zeros; ++i) value = value << 1U | one();
    return value - 1;
  }

 private:
  Bytes payload_;
  std::size_t at_ = 0;
};

std::string flaw_of_sps(Bytes sps) {
  if (sps.size() < 4) return "its sequence parameter set is cut off";
  const auto profile = std::to_integer<unsigned>(sps[1]);
  const auto constraints = std::to_integer<unsigned>(sps[2]);
  constexpr unsigned kBaseline = 66;
  constexpr unsigned kMain = 77;
  if (profile == kBaseline || (profile == kMain && (constraints & 0x80U) != 0)) return "";
  return "it makes H.264 profile " + std::to_string(profile) + ", but viewers were offered Constrained Baseline";
}

/// Slice groups exist in Baseline but not in Constrained Baseline; CABAC exists in neither.
std::string flaw_of_pps(Bytes pps) {
  Bits bits(pps.subspan(1));
  bits.exp_golomb();  // pic_parameter_set_id
  bits.exp_golomb();  // seq_parameter_set_id
  const bool cabac = bits.one() != 0;
  bits.one();  // bottom_field_pic_order_in_frame_present_flag
  const bool slice_groups = bits.exp_golomb() != 0;
  if (cabac) return "it uses CABAC, which Constrained Baseline does not have";
  return slice_groups ? "it uses slice groups, which Constrained Baseline does not have" : "";
}

}  // namespace

std::string h264_violation(const AccessUnit& unit) {
  bool has_sps = false;
  bool has_pps = false;
  bool has_idr = false;
  for (const Bytes part : unit.parts) {
    std::string flaw;
    switch (type_of(part)) {
      case kSps:
        has_sps = true;
        flaw = flaw_of_sps(part);
        break;
      case kPps:
        has_pps = true;
        flaw = flaw_of_pps(part);
        break;
      case kIdrSlice:
        if (!has_sps || !has_pps) return "it sends a keyframe without parameter sets before it";
        has_idr = true;
        break;
      default:
        break;
    }
    if (!flaw.empty()) return flaw;
  }
  if (unit.keyframe && !has_idr) return "it flags a frame as a keyframe that is not an IDR picture";
  if (!unit.keyframe && has_idr) return "it makes an IDR picture and does not flag it as a keyframe";
  return "";
}

}  // namespace cs
