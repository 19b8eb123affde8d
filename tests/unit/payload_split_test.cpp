// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "encoder/annex_b.hpp"
#include "sdp/codec_table.hpp"

namespace cs {
namespace {

using Bytes = std::vector<std::uint8_t>;
using testing::ElementsAre;

std::span<const std::byte> view(const Bytes& bytes) {
  return std::as_bytes(std::span(bytes));
}

std::vector<Bytes> units_of(const Bytes& stream) {
  std::vector<Bytes> result;
  for (const auto unit : nal_units(view(stream))) {
    Bytes& bytes = result.emplace_back();
    for (const std::byte byte : unit) bytes.push_back(std::to_integer<std::uint8_t>(byte));
  }
  return result;
}

TEST(NalUnits, AreFoundBetweenStartCodesOfThreeAndFourBytes) {
  EXPECT_THAT(units_of({0, 0, 0, 1, 0x67, 1, 2, 0, 0, 1, 0x68, 3, 0, 0, 0, 1, 0x65, 4}),
              ElementsAre(Bytes{0x67, 1, 2}, Bytes{0x68, 3}, Bytes{0x65, 4}));
  EXPECT_THAT(units_of({0, 0, 1, 0x41, 0, 1, 0, 0, 3, 1, 0, 1}), ElementsAre(Bytes{0x41, 0, 1, 0, 0, 3, 1, 0, 1}))
      << "a start code is at least two zeros and a one";
}

TEST(NalUnits, AreNotFoundWithoutAStartCodeAndAreNeverEmpty) {
  EXPECT_THAT(units_of({}), ElementsAre());
  EXPECT_THAT(units_of({0, 0, 1}), ElementsAre());
  EXPECT_THAT(units_of({0, 1, 2, 3}), ElementsAre());
  EXPECT_THAT(units_of({0, 0, 1, 0, 0, 1, 0x41}), ElementsAre(Bytes{0x41}));
  EXPECT_THAT(units_of({9, 9, 0, 0, 1, 0x41, 0, 0, 0}), ElementsAre(Bytes{0x41})) << "trailing zeros are padding";
}

/// The payloads of an access unit with these parts.
template <typename Split>
std::vector<Bytes> payloads(Split split, const std::vector<Bytes>& parts, std::size_t max_size,
                            std::uint16_t picture_id = 0) {
  std::vector<std::span<const std::byte>> views;
  for (const Bytes& part : parts) views.push_back(view(part));
  std::vector<Bytes> result;
  split(views, picture_id, max_size, [&](std::span<const std::uint8_t> prefix, std::span<const std::byte> data) {
    Bytes& payload = result.emplace_back(prefix.begin(), prefix.end());
    for (const std::byte byte : data) payload.push_back(std::to_integer<std::uint8_t>(byte));
  });
  return result;
}

Bytes counting(std::size_t size, std::uint8_t first) {
  Bytes bytes(size);
  std::iota(bytes.begin(), bytes.end(), std::uint8_t{0});
  bytes[0] = first;
  return bytes;
}

TEST(H264Payloads, AreWholeNalUnitsIfTheyFit) {
  const Bytes sps = counting(10, 0x67);
  const Bytes exact = counting(100, 0x65);
  EXPECT_THAT(payloads(codec_row(Codec::h264).split, {sps, exact}, 100), ElementsAre(sps, exact));
}

TEST(H264Payloads, FragmentsOfALargeNalUnitReassembleToIt) {
  const Bytes nal = counting(2501, 0x65);
  const auto fragments = payloads(codec_row(Codec::h264).split, {nal}, 1000);
  ASSERT_EQ(fragments.size(), 3U);
  Bytes reassembled = {static_cast<std::uint8_t>((fragments[0][0] & 0xe0U) | (fragments[0][1] & 0x1fU))};
  for (std::size_t i = 0; i < fragments.size(); ++i) {
    const Bytes& fragment = fragments[i];
    EXPECT_LE(fragment.size(), 1000U);
    EXPECT_EQ(fragment[0], 0x7c) << "FU-A with the nal_ref_idc of the unit";
    EXPECT_EQ(fragment[1], 0x05U | (i == 0 ? 0x80U : 0U) | (i == 2 ? 0x40U : 0U));
    reassembled.insert(reassembled.end(), fragment.begin() + 2, fragment.end());
  }
  EXPECT_EQ(reassembled, nal);
  EXPECT_EQ(fragments[0].size(), fragments[1].size()) << "equal sizes allow segmentation offload";
  EXPECT_LE(fragments[2].size(), fragments[1].size());
}

TEST(Vp8Payloads, HavePictureIdAndMarkTheStartOfTheFrame) {
  const Bytes frame = counting(1500, 0x10);
  const auto fragments = payloads(codec_row(Codec::vp8).split, {frame}, 1000, 0x1234);
  ASSERT_EQ(fragments.size(), 2U);
  EXPECT_THAT(Bytes(fragments[0].begin(), fragments[0].begin() + 4), ElementsAre(0x90, 0x80, 0x92, 0x34));
  EXPECT_THAT(Bytes(fragments[1].begin(), fragments[1].begin() + 4), ElementsAre(0x80, 0x80, 0x92, 0x34));
  Bytes reassembled(fragments[0].begin() + 4, fragments[0].end());
  reassembled.insert(reassembled.end(), fragments[1].begin() + 4, fragments[1].end());
  EXPECT_EQ(reassembled, frame);
  EXPECT_THAT(payloads(codec_row(Codec::vp8).split, {Bytes{}}, 1000), ElementsAre());
}

}  // namespace
}  // namespace cs
