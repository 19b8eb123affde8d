// SPDX-License-Identifier: MIT
#include <GLES3/gl3.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <iterator>

#include "base/error.hpp"
#include "gl/egl_context.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

std::ptrdiff_t entries(const char* folder) {
  return std::distance(std::filesystem::directory_iterator(folder), std::filesystem::directory_iterator());
}

TEST(EglContext, IsCreatedAndReportsPlatformVersionAndRenderer) {
  const EglContext gl;
  EXPECT_THAT(std::string(gl.platform()), testing::AnyOf("device", "surfaceless"));
  EXPECT_THAT(gl.version(), testing::HasSubstr("OpenGL ES 3"));
  EXPECT_NE(gl.renderer(), "unknown");
}

TEST(EglContext, IsRobustAndNotLost) {
  const EglContext gl;
  EXPECT_TRUE(gl.is_robust());
  EXPECT_EQ(gl.reset_status(), static_cast<unsigned>(GL_NO_ERROR));
}

TEST(EglContext, CanBeRecreatedManyTimesWithoutALeak) {
  const auto use_one = [] {
    const EglContext gl;
    glClear(GL_COLOR_BUFFER_BIT);
    ASSERT_EQ(gl.reset_status(), static_cast<unsigned>(GL_NO_ERROR));
  };
  use_one();
  const auto descriptors = entries("/proc/self/fd");
  const auto threads = entries("/proc/self/task");
  for (int i = 0; i < 20; ++i) use_one();
  EXPECT_EQ(entries("/proc/self/fd"), descriptors);
  EXPECT_EQ(entries("/proc/self/task"), threads);
}

TEST(EglContext, LeavesNoCurrentContextWhenDestroyed) {
  { const EglContext gl; }
  EXPECT_EQ(eglGetCurrentContext(), EGL_NO_CONTEXT);
}

/// Runs in a subprocess, because the libraries read their environment once. Sets the environment variable, tries to
/// create a context, prints the result to stderr and exits. Exit status: 0 with a context, 1 without, 2 without and
/// after more than 10 s. Loading Mesa takes seconds on a busy machine.
[[noreturn]] void try_context(const char* name, const char* value, const std::vector<EglPlatform>& order) {
  setenv(name, value, 1);
  const auto began = std::chrono::steady_clock::now();
  try {
    const EglContext gl(order);
    std::fprintf(stderr, "drawing on %s", std::string(gl.platform()).c_str());
    std::_Exit(0);
  } catch (const StartupError& error) {
    std::fprintf(stderr, "%s", error.what());
    std::_Exit(std::chrono::steady_clock::now() - began < 10s ? 1 : 2);
  }
}

const std::vector<EglPlatform> kAll = {EglPlatform::device, EglPlatform::surfaceless, EglPlatform::pbuffer};

class EglContextDeathTest : public testing::Test {
 protected:
  EglContextDeathTest() { testing::GTEST_FLAG(death_test_style) = "threadsafe"; }
};

TEST_F(EglContextDeathTest, NamesTheRemedyWithoutAnyEglDriver) {
  EXPECT_EXIT(
      try_context("__EGL_VENDOR_LIBRARY_DIRS", "/nonexistent", kAll), testing::ExitedWithCode(1),
      "cannot draw: EGL gives no OpenGL ES 3 context \\(device: .*; surfaceless: .*; pbuffer: .*\\); install the "
      "packages libegl1, libegl-mesa0 and libgl1-mesa-dri");
}

TEST_F(EglContextDeathTest, NamesTheRemedyWithoutMesasRenderer) {
  EXPECT_EXIT(try_context("GALLIUM_DRIVER", "nonexistent", kAll), testing::ExitedWithCode(1),
              "install the packages libegl1, libegl-mesa0 and libgl1-mesa-dri");
}

TEST_F(EglContextDeathTest, FallsBackToAPbuffer) {
  EXPECT_EXIT(try_context("EGL_PLATFORM", "surfaceless", {EglPlatform::pbuffer}), testing::ExitedWithCode(0),
              "drawing on pbuffer");
}

TEST_F(EglContextDeathTest, DoesNotTakeMesasDeviceForAVendorsDevice) {
  EXPECT_EXIT(try_context("__EGL_VENDOR_LIBRARY_FILENAMES", "/usr/share/glvnd/egl_vendor.d/50_mesa.json",
                          {EglPlatform::device}),
              testing::ExitedWithCode(1), "device: no usable device with a vendor driver");
}

}  // namespace
}  // namespace cs
