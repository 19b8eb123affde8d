// SPDX-License-Identifier: MIT
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <memory>

#include "base/error.hpp"
#include "base/text.hpp"
#include "gl/egl_context.hpp"
#include "gl/program.hpp"
#include "picture.hpp"
#include "scene/scenes.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using Seconds = std::chrono::duration<double>;

constexpr Size kSize{192, 108};
constexpr Seconds kGoldenTime = 1.6s;
constexpr Seconds kTurn = 9s;  // of the cube

class SceneTest : public testing::Test {
 protected:
  Picture draw(Seconds time) { return draw_frame(*cube, kSize, time); }

  EglContext gl;
  std::unique_ptr<Scene> cube = make_scene("cube");
};

/// Whether two pictures are equal up to the differences between driver versions.
bool alike(const Picture& a, const Picture& b) {
  const Difference off = difference(a, b);
  return off.mean < 1.5 && off.far < 0.01;
}

/// The reference picture. To regenerate: run CS_WRITE_GOLDEN=1 build/dev/tests/scene_test, then check it by eye.
Picture golden() {
  return read_ppm(CS_TEST_DIR "/gl/cube.ppm");
}

TEST_F(SceneTest, TheCubeMatchesItsReferencePicture) {
  const Picture picture = draw(kGoldenTime);
  if (std::getenv("CS_WRITE_GOLDEN") != nullptr) write_ppm(picture, CS_TEST_DIR "/gl/cube.ppm");
  const Difference off = difference(picture, golden());
  if (!alike(picture, golden())) write_ppm(picture, "cube-as-drawn.ppm");
  EXPECT_TRUE(alike(picture, golden())) << "mean difference " << off.mean << ", far off " << off.far * 100
                                        << " %; see cube-as-drawn.ppm in the test's folder";
}

TEST_F(SceneTest, TheComparisonDetectsAFlippedPictureAndAnotherTime) {
  EXPECT_FALSE(alike(flipped(draw(kGoldenTime)), golden()));
  EXPECT_FALSE(alike(draw(kGoldenTime + 100ms), golden()));
  EXPECT_FALSE(alike(draw(kGoldenTime + kTurn / 3), golden()));  // the same outline, other colours
}

TEST_F(SceneTest, TheCubeIsUprightAtAnyTime) {
  for (Seconds time = 0s; time < 4 * kTurn; time += 300ms) {
    const Picture picture = draw(time);
    EXPECT_GT(picture.luma(0, 0.1), picture.luma(0.9, 1) + 25) << time.count();

    // Red, orange and yellow above; green, blue and violet below. Compares red with blue near the top and the bottom.
    const int x = kSize.width / 2;
    const auto above = picture.at(x, kSize.height * 30 / 100);
    const auto below = picture.at(x, kSize.height * 80 / 100);
    EXPECT_GT(above[0], above[2] + 60) << time.count();
    EXPECT_LT(below[0], std::max(below[1], below[2]) - 20) << time.count();
  }
}

TEST_F(SceneTest, WithoutFlippedClipYThePictureIsUpsideDown) {
  const Picture reference = draw(kGoldenTime);
  const Framebuffer framebuffer(kSize);
  framebuffer.bind();
  glFrontFace(GL_CCW);
  cube->update(kGoldenTime);
  cube->draw({.size = kSize});
  Picture picture = reference;
  glReadPixels(0, 0, kSize.width, kSize.height, GL_RGBA, GL_UNSIGNED_BYTE, picture.rgba.data());
  EXPECT_FALSE(alike(picture, reference));
  EXPECT_TRUE(alike(flipped(picture), reference));
}

/// The face of a pixel by its hue; empty for the pale background.
std::string face_of(std::array<int, 3> rgb) {
  const auto [r, g, b] = rgb;
  const double high = std::max({r, g, b});
  const double low = std::min({r, g, b});
  if (high < 90 || high - low < 0.5 * high) return "";
  double hue = 0;
  if (high == r)
    hue = 60 * (g - b) / (high - low);
  else if (high == g)
    hue = 120 + 60 * (b - r) / (high - low);
  else
    hue = 240 + 60 * (r - g) / (high - low);
  if (hue < -20) hue += 360;
  if (hue < 13) return "red";
  if (hue < 39) return "orange";
  if (hue < 65) return "yellow";
  if (hue > 130 && hue < 175) return "green";
  if (hue > 205 && hue < 240) return "blue";
  if (hue > 250 && hue < 285) return "violet";
  return "";
}

TEST_F(SceneTest, AllSixColoursAppearInOneTurn) {
  std::map<std::string, double> largest;  // fraction of the picture
  for (Seconds time = 0s; time < kTurn; time += kTurn / 24) {
    const Picture picture = draw(time);
    std::map<std::string, int> pixels;
    for (int y = 0; y < kSize.height; ++y)
      for (int x = 0; x < kSize.width; ++x) ++pixels[face_of(picture.at(x, y))];
    for (const auto& [face, count] : pixels)
      largest[face] = std::max(largest[face], static_cast<double>(count) / (kSize.width * kSize.height));
  }
  for (const char* face : {"red", "orange", "yellow", "green", "blue", "violet"})
    EXPECT_GT(largest[face], 0.05) << face;
}

TEST_F(SceneTest, TheCubeMovesVisiblyWithinATenthOfASecond) {
  // The last time is a year after the start, when a float cannot distinguish the two.
  for (const Seconds time : {Seconds(0s), Seconds(2.9s), Seconds(4.4s), Seconds(8760h)})
    EXPECT_GT(difference(draw(time), draw(time + 100ms)).mean, 1.0) << time.count();
}

TEST_F(SceneTest, TheCubeFitsAnyAspectRatio) {
  for (const Size size : {Size{64, 256}, Size{256, 64}, Size{64, 64}}) {
    const Picture picture = draw_frame(*cube, size, kGoldenTime);
    EXPECT_NE(face_of(picture.at(size.width / 2, size.height / 2)), "");
    for (int x = 0; x < size.width; ++x) {
      EXPECT_EQ(face_of(picture.at(x, 0)), "");
      EXPECT_EQ(face_of(picture.at(x, size.height - 1)), "");
    }
    for (int y = 0; y < size.height; ++y) {
      EXPECT_EQ(face_of(picture.at(0, y)), "");
      EXPECT_EQ(face_of(picture.at(size.width - 1, y)), "");
    }
  }
}

std::string error_of(const std::function<void()>& act) {
  try {
    act();
  } catch (const StartupError& error) {
    return error.what();
  }
  return "";
}

TEST_F(SceneTest, AShaderErrorNamesTheShaderAndTheReason) {
  const ShaderSource good{"good.vert", "#version 300 es\nvoid main() { gl_Position = vec4(0.0); }"};
  const ShaderSource bad{"bad.frag", "#version 300 es\nvoid main() { nonsense(); }"};
  const std::string sentence = error_of([&] { const Program program(good, bad); });
  EXPECT_NE(sentence.find("cannot compile the shader bad.frag: "), std::string::npos) << sentence;
  EXPECT_NE(sentence.find("nonsense"), std::string::npos) << sentence;
}

TEST_F(SceneTest, AFramebufferTooLargeForTheDriverIsRefused) {
  const std::string sentence = error_of([] { const Framebuffer framebuffer({1 << 20, 64}); });
  EXPECT_NE(sentence.find("cannot draw frames of 1048576x64"), std::string::npos) << sentence;
}

TEST(Scenes, EachDependsOnTimeAloneAndLeavesNoGlError) {
  const EglContext gl;
  for (const SceneRow& row : scenes()) {
    const std::unique_ptr<Scene> first = row.factory()();
    (void)draw_frame(*first, kSize, 0s);
    const Picture picture = draw_frame(*first, kSize, kGoldenTime);
    EXPECT_EQ(draw_frame(*row.factory()(), kSize, kGoldenTime).rgba, picture.rgba) << row.name;
    EXPECT_EQ(glGetError(), static_cast<GLenum>(GL_NO_ERROR)) << row.name;
  }
}

TEST(Scenes, AnUnknownNameIsRefusedWithTheListOfScenes) {
  EXPECT_EQ(error_of([] { (void)find_scene("kube"); }),
            "unknown scene \"kube\"; CS_SCENE must be one of: " + joined(scene_names(), ", "));
}

}  // namespace
}  // namespace cs
