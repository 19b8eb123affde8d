// SPDX-License-Identifier: MIT
#include "encoder/h264_conformance.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <vector>

namespace cs {
namespace {

using testing::HasSubstr;

/// An access unit made of the given NAL units.
struct Unit {
  Unit(bool keyframe, std::initializer_list<std::initializer_list<int>> nals) {
    for (const auto& nal : nals) {
      std::vector<std::byte>& bytes = memory.emplace_back();
      for (const int byte : nal) bytes.push_back(static_cast<std::byte>(byte));
    }
    for (const auto& bytes : memory) parts.emplace_back(bytes);
    unit.parts = parts;
    unit.keyframe = keyframe;
  }
  std::vector<std::vector<std::byte>> memory;
  std::vector<std::span<const std::byte>> parts;
  AccessUnit unit;
};

std::string flaw(bool keyframe, std::initializer_list<std::initializer_list<int>> nals) {
  return h264_violation(Unit(keyframe, nals).unit);
}

constexpr int kSps = 0x67;
constexpr int kPps = 0x68;
constexpr int kIdr = 0x65;
constexpr int kDelta = 0x41;

TEST(H264Conformance, AcceptsConstrainedBaseline) {
  EXPECT_EQ(flaw(true, {{kSps, 66, 0xc0, 31, 1}, {kPps, 0xce, 0x3c, 0x80}, {kIdr, 0x88}}), "");
  EXPECT_EQ(flaw(false, {{kDelta, 0x9a}}), "");
}

TEST(H264Conformance, AcceptsCompatibleBaselineAndMain) {
  EXPECT_EQ(flaw(true, {{kSps, 66, 0, 31, 1}, {kPps, 0xce}, {kIdr, 0x88}}), "");
  EXPECT_EQ(flaw(true, {{kSps, 77, 0x80, 31, 1}, {kPps, 0xce}, {kIdr, 0x88}}), "");
}

TEST(H264Conformance, RejectsOtherProfiles) {
  EXPECT_THAT(flaw(true, {{kSps, 100, 0, 31, 1}, {kPps, 0xce}, {kIdr}}), HasSubstr("profile 100"));
  EXPECT_THAT(flaw(true, {{kSps, 77, 0x40, 31, 1}, {kPps, 0xce}, {kIdr}}), HasSubstr("profile 77"));
  EXPECT_THAT(flaw(true, {{kSps, 66}, {kPps, 0xce}, {kIdr}}), HasSubstr("cut off"));
}

TEST(H264Conformance, RejectsCabacAndSliceGroups) {
  EXPECT_THAT(flaw(true, {{kSps, 66, 0, 31, 1}, {kPps, 0xee}, {kIdr}}), HasSubstr("CABAC"));
  EXPECT_THAT(flaw(true, {{kSps, 66, 0, 31, 1}, {kPps, 0xc4}, {kIdr}}), HasSubstr("slice groups"));
}

TEST(H264Conformance, RejectsAKeyframeWithoutParameterSets) {
  EXPECT_THAT(flaw(true, {{kIdr}}), HasSubstr("without parameter sets"));
  EXPECT_THAT(flaw(true, {{kSps, 66, 0xc0, 31, 1}, {kIdr}}), HasSubstr("without parameter sets"));
  EXPECT_THAT(flaw(true, {{kIdr}, {kSps, 66, 0xc0, 31, 1}, {kPps, 0xce}}), HasSubstr("without parameter sets"));
}

TEST(H264Conformance, RejectsAWrongKeyframeFlag) {
  EXPECT_THAT(flaw(true, {{kDelta}}), HasSubstr("not an IDR picture"));
  EXPECT_THAT(flaw(false, {{kSps, 66, 0xc0, 31, 1}, {kPps, 0xce}, {kIdr}}), HasSubstr("does not flag it"));
}

}  // namespace
}  // namespace cs
