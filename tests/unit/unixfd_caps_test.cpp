// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_caps.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "unixfd/unixfd_protocol.hpp"

namespace cs {
namespace {

using testing::HasSubstr;

// As gst_caps_to_string() of GStreamer 1.26 writes them.
const std::string kTypical =
    "video/x-raw, format=(string)I420, width=(int)1280, height=(int)720, framerate=(fraction)30/1, "
    "multiview-mode=(string)mono, pixel-aspect-ratio=(fraction)1/1, interlace-mode=(string)progressive";

std::string sized(const std::string& width, const std::string& height, const std::string& more = {}) {
  return "video/x-raw, format=(string)I420, width=(int)" + width + ", height=(int)" + height + more;
}

CapsFrames frames_of(const std::string& caps) {
  const auto parsed = parse_unixfd_caps(caps);
  const auto* frames = std::get_if<CapsFrames>(&parsed);
  EXPECT_NE(frames, nullptr) << caps;
  return frames == nullptr ? CapsFrames{} : *frames;
}

std::string problem_of(const std::string& caps) {
  const auto parsed = parse_unixfd_caps(caps);
  const auto* error = std::get_if<ProducerError>(&parsed);
  return error == nullptr ? "" : error->sentence;
}

TEST(UnixFdCaps, AreReadAsGStreamerWritesThem) {
  const CapsFrames read = frames_of(kTypical);
  EXPECT_EQ(read.frames.width, 1280);
  EXPECT_EQ(read.frames.height, 720);
  EXPECT_EQ(read.frames.format, ProducerFormat::i420);
  EXPECT_EQ(read.frames.mode, ProducerMode::push);
}

TEST(UnixFdCaps, QuotedAndNestedValuesHideNoFields) {
  const CapsFrames read = frames_of(
      R"--(video/x-raw(memory:SystemMemory), tags=(taglist)"x\,\ width=(int)64\,\"\ y", list=(int){ 1, 2 }, )--"
      R"--(range=(int)[ 1, 5 ], format=(string)"NV12", width=640, height=(int)360)--");
  EXPECT_EQ(read.frames.width, 640);
  EXPECT_EQ(read.frames.format, ProducerFormat::nv12);
}

TEST(UnixFdCaps, TheLayoutIsGStreamersOwn) {
  struct {
    const char* format;
    std::vector<std::uint64_t> numbers;  // bytes, then offset and stride of each plane; from gst_video_info_from_caps()
  } const cases[] = {{"I420", {6656, 0, 68, 4352, 36, 5504, 36}},
                     {"NV12", {6528, 0, 68, 4352, 68}},
                     {"RGBA", {16896, 0, 264}},
                     {"BGRx", {16896, 0, 264}},
                     {"RGB", {12800, 0, 200}}};
  for (const auto& [format, numbers] : cases) {
    const SlotLayout layout = frames_of(std::string("video/x-raw, format=") + format + ", width=66, height=64").layout;
    std::vector<std::uint64_t> found = {layout.bytes};
    for (std::size_t i = 0; i < layout.planes; ++i) {
      found.push_back(layout.plane.at(i).offset);
      found.push_back(layout.plane.at(i).stride);
    }
    EXPECT_EQ(found, numbers) << format;
  }
}

TEST(UnixFdCaps, ColoursFollowColorimetryOrTheHeight) {
  using Matrix = YuvColours::Matrix;
  const auto colours = [](const std::string& height, const std::string& text = {}) {
    return frames_of(sized("640", height, text.empty() ? "" : ", colorimetry=(string)" + text)).colours;
  };
  EXPECT_EQ(colours("576"), (YuvColours{Matrix::bt601, false}));
  EXPECT_EQ(colours("578"), (YuvColours{Matrix::bt709, false}));
  EXPECT_EQ(colours("720", "bt601"), (YuvColours{Matrix::bt601, false}));
  EXPECT_EQ(colours("480", "bt709"), (YuvColours{Matrix::bt709, false}));
  EXPECT_EQ(colours("480", "1:4:0:0"), (YuvColours{Matrix::bt601, true}));
  EXPECT_EQ(colours("480", "2:6:13:7"), (YuvColours{Matrix::bt2020, false}));
  EXPECT_EQ(colours("480", "nonsense"), (YuvColours{Matrix::bt601, false}));
}

TEST(UnixFdCaps, TheLimitsOfTheSizeAreExact) {
  for (const auto& [width, height] : std::vector<std::pair<std::string, std::string>>{{"64", "64"}, {"7680", "4320"}})
    EXPECT_EQ(problem_of(sized(width, height)), "");
  for (const auto& [width, height] : std::vector<std::pair<std::string, std::string>>{{"62", "64"},
                                                                                      {"64", "62"},
                                                                                      {"65", "64"},
                                                                                      {"64", "65"},
                                                                                      {"7682", "64"},
                                                                                      {"64", "4322"},
                                                                                      {"-64", "64"},
                                                                                      {"", "64"},
                                                                                      {"64", "[ 1, 5 ]"},
                                                                                      {"99999999999999999999", "64"}})
    EXPECT_THAT(problem_of(sized(width, height)), HasSubstr("videoscale")) << width << "x" << height;
}

TEST(UnixFdCaps, WhatIsNotReadHasARemedy) {
  EXPECT_THAT(problem_of("video/x-h264, stream-format=(string)avc"), HasSubstr("no raw video"));
  EXPECT_THAT(problem_of("video/x-raw, format=(string)AYUV64, width=(int)64, height=(int)64"),
              HasSubstr("none of I420, NV12, RGBA, RGBx, BGRA, BGRx, RGB; add ! videoconvert"));
  EXPECT_THAT(problem_of("video/x-raw(memory:DMABuf), format=(string)DMA_DRM"), HasSubstr("dmabuf"));
  EXPECT_THAT(problem_of("video/x-raw(memory:CUDAMemory), format=(string)I420"), HasSubstr("system memory"));
  EXPECT_THAT(problem_of("ANY"), HasSubstr("no raw video"));
  EXPECT_THAT(problem_of(kTypical + std::string(5000, ' ')), HasSubstr("4096"));
}

TEST(UnixFdCaps, BrokenTextIsNeverAccepted) {
  for (const std::string caps : {"", ",", "=", "\"", "\\", "(", "video/x-raw", "video/x-raw,", "video/x-raw,=,==,\"\\",
                                 "video/x-raw, format", "video/x-raw, format=(", "video/x-raw, format=()I4"})
    EXPECT_NE(problem_of(caps), "") << caps;
}

TEST(UnixFdCaps, AStreamThatHasNotBegunIsNoMistake) {
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_unixfd_caps("NULL")));
}

TEST(UnixFdBuffers, AreRefusedUnlessComplete) {
  std::vector<std::byte> payload(56 + 16);
  payload[53] = std::byte{1};  // memories
  EXPECT_TRUE(parse_unixfd_buffer(payload));
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(parse_unixfd_buffer(std::span(payload).first(size))) << size;
  payload.resize(10'000);
  for (const int memories : {0, 17, 255}) {
    payload[53] = static_cast<std::byte>(memories);
    EXPECT_FALSE(parse_unixfd_buffer(payload)) << memories;
  }
}

}  // namespace
}  // namespace cs
