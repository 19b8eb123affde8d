// SPDX-License-Identifier: MIT
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "encoder/annex_b.hpp"
#include "encoder/h264_conformance.hpp"
#include "fuzz/fuzz.hpp"
#include "sdp/codec_table.hpp"

namespace cs {
namespace {

using test::must;
using Bytes = std::span<const std::byte>;

constexpr std::size_t kMaxPayload = 40;  // bytes of a payload; small, so that units are fragmented

std::vector<std::byte> joined(const std::vector<Bytes>& parts) {
  std::vector<std::byte> all;
  for (const Bytes part : parts) all.insert(all.end(), part.begin(), part.end());
  return all;
}

/// Reassembles NAL units fragmented by RFC 6184, as a receiver does.
class Receiver {
 public:
  void take(std::span<const std::uint8_t> prefix, Bytes data) {
    must(prefix.size() + data.size() <= kMaxPayload && !data.empty(), "a payload fits and is not empty");
    if (prefix.empty()) {
      units.emplace_back(data.begin(), data.end());
      return;
    }
    must(prefix.size() == 2 && (prefix[0] & 0x1fU) == 28, "a fragment is an FU-A");
    if ((prefix[1] & 0x80U) != 0) units.push_back({std::byte((prefix[0] & 0xe0U) | (prefix[1] & 0x1fU))});
    must(!units.empty(), "a fragment has a beginning");
    units.back().insert(units.back().end(), data.begin(), data.end());
  }

  std::vector<std::vector<std::byte>> units;
};

void check_units(Bytes stream, const std::vector<Bytes>& units) {
  const std::byte* last = stream.data();
  for (const Bytes unit : units) {
    must(!unit.empty() && unit.data() >= last && unit.data() + unit.size() <= stream.data() + stream.size(),
         "a unit is part of the stream, after the previous unit");
    last = unit.data() + unit.size();
    must(unit.back() != std::byte{0}, "trailing zeros are not part of a unit");
    for (std::size_t i = 0; i + 2 < unit.size(); ++i)
      must(unit[i] != std::byte{0} || unit[i + 1] != std::byte{0} || unit[i + 2] != std::byte{1},
           "a unit has no start code");
  }
}

}  // namespace

/// Input: an H.264 byte stream.
void fuzz(std::string_view input) {
  const Bytes stream = std::as_bytes(std::span(input));
  const auto units = nal_units(stream);
  check_units(stream, units);

  for (const bool keyframe : {false, true}) {
    const std::string flaw =
        h264_violation({.owner = nullptr, .data = stream, .parts = units, .captured_at = {}, .keyframe = keyframe});
    must(!test::has_control(flaw), "a violation is described in one line");
    must(!keyframe || !flaw.empty() || units.size() >= 3, "a keyframe has parameter sets");
  }

  Receiver receiver;
  codec_row(Codec::h264).split(units, 0, kMaxPayload, [&](auto prefix, auto data) { receiver.take(prefix, data); });
  must(receiver.units.size() == units.size(), "all units arrive");
  for (std::size_t i = 0; i < units.size(); ++i)
    must(std::ranges::equal(receiver.units[i], units[i]), "a unit arrives unchanged");

  std::vector<std::byte> frame;
  codec_row(Codec::vp8).split(units, 0x1234, kMaxPayload, [&](auto prefix, auto data) {
    must(prefix.size() == 4 && prefix.size() + data.size() <= kMaxPayload && !data.empty(), "a payload fits");
    must(((prefix[0] & 0x10U) != 0) == frame.empty(), "the first payload of a frame is marked");
    frame.insert(frame.end(), data.begin(), data.end());
  });
  must(frame == joined(units), "a frame arrives unchanged");
}

}  // namespace cs
