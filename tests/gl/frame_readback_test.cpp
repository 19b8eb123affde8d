// SPDX-License-Identifier: MIT
#include "render/frame_readback.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "gl/egl_context.hpp"
#include "gl_faults.hpp"
#include "picture.hpp"
#include "render/offscreen_target.hpp"
#include "render/stamp.hpp"
#include "scene/scenes.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

/// One sample of a frame in memory.
std::uint8_t byte_at(const std::vector<std::byte>& bytes, std::size_t at) {
  return std::to_integer<std::uint8_t>(bytes.at(at));
}

/// A colour converted by ITU-R BT.601, in doubles.
struct Yuv {
  double y, u, v;
};
Yuv bt601(double r, double g, double b) {
  const double luma = 0.299 * r + 0.587 * g + 0.114 * b;
  return {16 + luma * 219 / 255, 128 + (b - luma) / 1.772 * 224 / 255, 128 + (r - luma) / 1.402 * 224 / 255};
}

/// Largest error of an I420 frame against the exact conversion of its RGBA original.
double largest_error(const Picture& original, const std::vector<std::byte>& i420) {
  const Size size = original.size;
  const I420Layout layout = i420_layout(size);
  double far = 0;
  for (int y = 0; y < size.height; ++y) {
    for (int x = 0; x < size.width; ++x) {
      const auto [r, g, b] = original.at(x, y);
      const auto at = static_cast<std::size_t>(y) * layout.luma_stride + static_cast<std::size_t>(x);
      far = std::max(far, std::abs(byte_at(i420, at) - bt601(r, g, b).y));
    }
  }
  for (int y = 0; y < size.height; y += 2) {
    for (int x = 0; x < size.width; x += 2) {
      std::array<double, 3> mean = {};
      for (const auto& [dx, dy] : {std::pair{0, 0}, {1, 0}, {0, 1}, {1, 1}})
        for (std::size_t c = 0; c < 3; ++c) mean[c] += original.at(x + dx, y + dy)[c] / 4.0;
      const Yuv expected = bt601(mean[0], mean[1], mean[2]);
      const auto at = static_cast<std::size_t>(y / 2) * layout.chroma_stride + static_cast<std::size_t>(x / 2);
      far = std::max({far, std::abs(byte_at(i420, layout.u_offset + at) - expected.u),
                      std::abs(byte_at(i420, layout.v_offset + at) - expected.v)});
    }
  }
  return far;
}

/// Paints blocks of 2x2 pixels in different colours, so that the corners differ too.
void paint(const Framebuffer& framebuffer, Size size) {
  framebuffer.bind();
  glEnable(GL_SCISSOR_TEST);
  for (int y = 0; y < size.height; y += 2) {
    for (int x = 0; x < size.width; x += 2) {
      glScissor(x, y, 2, 2);
      const auto part = [](int n, int of) { return static_cast<float>(n) / static_cast<float>(of); };
      glClearColor(part(x, size.width), part(y, size.height), part(x * 7 % 31, 31), 1.0F);
      glClear(GL_COLOR_BUFFER_BIT);
    }
  }
  glDisable(GL_SCISSOR_TEST);
}

struct Case {
  ReadbackMode mode;
  Size size;
};

std::string name_of(const testing::TestParamInfo<Case>& info) {
  const Size size = info.param.size;
  return std::string(kReadbacks.at(static_cast<std::size_t>(info.param.mode))) + std::to_string(size.width) + "x" +
         std::to_string(size.height);
}

class EachReadback : public testing::TestWithParam<Case> {
 protected:
  EglContext gl;
};

TEST_P(EachReadback, ConvertsToI420ByBt601) {
  const auto [mode, size] = GetParam();
  const Framebuffer framebuffer(size);
  paint(framebuffer, size);
  Picture original{size, std::vector<std::uint8_t>(static_cast<std::size_t>(size.width * size.height) * 4)};
  ASSERT_TRUE(
      make_rgba_readback(framebuffer, size)->read(std::as_writable_bytes(std::span(original.rgba))).is_complete);
  const auto readback = make_i420_readback(mode, framebuffer, size);
  ASSERT_TRUE(readback);
  for (int round = 0; round < 2; ++round) {
    std::vector<std::byte> i420(i420_layout(size).bytes);
    const ReadTimes times = readback->read(i420);
    EXPECT_LE(largest_error(original, i420), 2.0);
    EXPECT_GT(times.read_back + times.convert, 0ns);
    EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR));
  }
}

INSTANTIATE_TEST_SUITE_P(ModesAndSizes, EachReadback,
                         testing::Values(Case{ReadbackMode::direct, {64, 64}}, Case{ReadbackMode::direct, {322, 66}},
                                         Case{ReadbackMode::buffered, {64, 64}},
                                         Case{ReadbackMode::buffered, {322, 66}},
                                         Case{ReadbackMode::buffered, {72, 90}}),
                         name_of);

TEST(Readbacks, AFrameThatTheDriverDoesNotDeliverIsIncomplete) {
  const EglContext gl;
  const Size size{64, 64};
  const Framebuffer framebuffer(size);
  for (std::atomic<bool>* const fault : {&gl_map_fails, &gl_fence_times_out}) {
    const auto readback = make_i420_readback(ReadbackMode::buffered, framebuffer, size);
    std::vector<std::byte> i420(i420_layout(size).bytes, std::byte{77});
    const auto before = i420;
    *fault = true;
    EXPECT_FALSE(readback->read(i420).is_complete);
    *fault = false;
    EXPECT_EQ(i420, before);
    EXPECT_TRUE(readback->read(i420).is_complete);
    EXPECT_NE(i420, before);
  }
}

TEST(Readbacks, AFrameThatTheDriverLosesWhileMappedIsIncomplete) {
  const EglContext gl;
  const Size size{64, 64};
  const Framebuffer framebuffer(size);
  std::vector<std::byte> i420(i420_layout(size).bytes);
  const auto readback = make_i420_readback(ReadbackMode::buffered, framebuffer, size);
  gl_unmap_fails = true;
  EXPECT_FALSE(readback->read(i420).is_complete);
  gl_unmap_fails = false;
  EXPECT_TRUE(readback->read(i420).is_complete);
}

struct AllReadbacks {
  static constexpr Size kSize{64, 64};
  const EglContext gl;
  const Framebuffer framebuffer{kSize};
  const std::array<std::unique_ptr<FrameReadback>, 3> readbacks = {
      make_i420_readback(ReadbackMode::direct, framebuffer, kSize),
      make_i420_readback(ReadbackMode::buffered, framebuffer, kSize), make_rgba_readback(framebuffer, kSize)};
  std::vector<std::byte> pixels = std::vector(frame_bytes(kSize, PixelFormat::rgba), std::byte{77});
};

TEST(Readbacks, AGlErrorDuringReadingMakesTheFrameIncomplete) {
  AllReadbacks all;
  const auto before = all.pixels;
  for (const auto& readback : all.readbacks) {
    gl_read_fails = true;
    EXPECT_FALSE(readback->read(all.pixels).is_complete);
    gl_read_fails = false;
    EXPECT_EQ(all.pixels, before);
  }
}

TEST(Readbacks, AGlErrorLeftByTheSceneDoesNotMakeTheFrameIncomplete) {
  AllReadbacks all;
  for (const auto& readback : all.readbacks) {
    glEnable(GL_NONE);
    EXPECT_TRUE(readback->read(all.pixels).is_complete);
  }
}

TEST(OffscreenTarget, AutoReportsTheFastestModeAndARequestedModeIsUsed) {
  const auto cube = [] { return make_scene("cube"); };
  {
    const OffscreenTarget target({.size = {64, 64}}, cube);
    EXPECT_NE(target.readback(), ReadbackMode::automatic);
    for (const auto* name : {"direct", "buffered"})
      EXPECT_NE(target.choice().find(name), std::string::npos) << target.choice();
    const auto chosen = kReadbacks.at(static_cast<std::size_t>(target.readback()));
    EXPECT_TRUE(target.choice().starts_with(chosen)) << target.choice();
  }
  for (const ReadbackMode mode : {ReadbackMode::direct, ReadbackMode::buffered})
    EXPECT_EQ(OffscreenTarget({.size = {64, 64}, .readback = mode}, cube).readback(), mode);
}

TEST(Stamp, EncodesTheTimeAndACheckValue) {
  const auto number = [](const auto& blocks, std::size_t from, std::size_t count) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < count; ++i) value |= (blocks[from + i] ? 1U : 0U) << i;
    return value;
  };
  for (const std::uint32_t stamp : {0x00000000U, 0xffffffffU, 0x12345678U, 0x80000001U}) {
    const auto blocks = stamp_blocks(stamp);
    EXPECT_EQ(number(blocks, 0, 32), stamp);
    EXPECT_EQ(number(blocks, 32, 8), (stamp & 0xffU) ^ (stamp >> 8 & 0xffU) ^ (stamp >> 16 & 0xffU) ^ stamp >> 24);
  }
  EXPECT_EQ(stamp_of(std::chrono::system_clock::time_point(std::chrono::milliseconds(0x1'2345'6789))), 0x23456789U);
}

TEST(Stamp, DrawsOneSquarePerBlockFromTheTopLeftCorner) {
  constexpr Size kSize{320, 64};
  constexpr int kSide = 4;
  constexpr std::uint32_t kStamp = 0xa5c3f00f;
  OffscreenTarget target({.size = kSize, .pixels = PixelFormat::rgba}, [] { return make_scene("cube"); });
  Picture with{kSize, std::vector<std::uint8_t>(static_cast<std::size_t>(kSize.width * kSize.height) * 4)};
  Picture without = with;
  target.draw(kSize, 1s, kStamp, std::as_writable_bytes(std::span(with.rgba)));
  target.draw(kSize, 1s, {}, std::as_writable_bytes(std::span(without.rgba)));
  const auto blocks = stamp_blocks(kStamp);
  for (int y = 0; y < kSize.height; ++y) {
    for (int x = 0; x < kSize.width; ++x) {
      const bool stamped = y < kSide && x < kSide * static_cast<int>(kStampBlocks);
      const int shade = stamped && blocks.at(static_cast<std::size_t>(x / kSide)) ? 255 : 0;
      const std::array<int, 3> expected = stamped ? std::array{shade, shade, shade} : without.at(x, y);
      ASSERT_EQ(with.at(x, y), expected) << x << ", " << y;
    }
  }
}

}  // namespace
}  // namespace cs
