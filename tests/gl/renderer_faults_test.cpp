// SPDX-License-Identifier: MIT
// The renderer with frames that cannot be read back and lost GL contexts.
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <string>

#include "base/error.hpp"
#include "gl_faults.hpp"
#include "render/renderer.hpp"
#include "renderer_fixture.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

class RendererFaultTest : public RendererTest {};

/// A fault during readback, and the readback mode.
struct ReadFault {
  const char* name;
  std::atomic<bool>* fault;
  ReadbackMode readback;
};

class EachReadFault : public RendererTest, public testing::WithParamInterface<ReadFault> {};

TEST_P(EachReadFault, SkipsAndCountsTheFrame) {
  std::atomic<bool>& fault = *GetParam().fault;
  RendererConfig i420 = config();
  i420.pixels = PixelFormat::i420;
  i420.readback = GetParam().readback;
  const Renderer renderer(i420, plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(2));
  fault = true;
  EXPECT_TRUE(sink.wait_for_requests(sink.acquired() + 2));  // one frame may have been in progress
  const auto frames = sink.captured().size();
  const auto unread = metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "readback-failed"}}).value();
  EXPECT_TRUE(sink.wait_for_requests(sink.acquired() + 5));
  EXPECT_EQ(sink.captured().size(), frames);
  EXPECT_GE(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "readback-failed"}}).value(),
            unread + 4);
  fault = false;
  EXPECT_TRUE(sink.wait_for_frames(frames + 2));
}

INSTANTIATE_TEST_SUITE_P(Faults, EachReadFault,
                         testing::Values(ReadFault{"Map", &gl_map_fails, ReadbackMode::buffered},
                                         ReadFault{"Fence", &gl_fence_times_out, ReadbackMode::buffered},
                                         ReadFault{"Unmap", &gl_unmap_fails, ReadbackMode::buffered},
                                         ReadFault{"ReadPixels", &gl_read_fails, ReadbackMode::direct},
                                         ReadFault{"ReadPixelsToABuffer", &gl_read_fails, ReadbackMode::buffered}),
                         [](const auto& fault) { return std::string(fault.param.name); });

TEST_F(RendererFaultTest, RecreatesAContextThatCannotBeReadBack) {
  const Metric& losses = metrics.get("gl_context_losses_total");
  // Called on the render thread after each frame: the fault ends with the second context.
  RendererConfig buffered = config([&losses]() -> unsigned {
    if (losses.value() > 0) gl_map_fails = false;
    return GL_NO_ERROR;
  });
  buffered.pixels = PixelFormat::i420;
  buffered.readback = ReadbackMode::buffered;
  buffered.unread_limit = 20ms;
  const Renderer renderer(buffered, plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(1));
  gl_map_fails = true;
  EXPECT_TRUE(sink.wait_for_frames(sink.captured().size() + 3));
  EXPECT_EQ(losses.value(), 1);
  EXPECT_GE(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "readback-failed"}}).value(), 2);
}

TEST_F(RendererFaultTest, ContinuesOnANewContextAfterALoss) {
  const Renderer renderer(config(context_losses()), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(3));
  for (int loss = 1; loss <= 4; ++loss) {
    losses_to_come = 1;
    const auto before = sink.captured().size();
    // The next frame may have been finished just before the loss.
    ASSERT_TRUE(sink.wait_for_frames(before + 3));
    EXPECT_EQ(scenes_built, 1 + loss);
    EXPECT_EQ(metrics.get("gl_context_losses_total").value(), loss);
  }
}

TEST_F(RendererFaultTest, DropsTheFrameOfALostContext) {
  losses_to_come = 2;
  const Renderer renderer(config(context_losses()), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(3));
  demand.set(Demand::Level::none);
  const auto acquired = sink.acquired();
  EXPECT_GE(acquired - static_cast<int>(sink.captured().size()), 2);
}

TEST_F(RendererFaultTest, FiveLossesWithinTenSecondsEndTheProcess) {
  losses_to_come = 5;
  const Renderer renderer(config(context_losses()), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  EXPECT_EQ(loop.run(), 1);
  EXPECT_EQ(metrics.get("gl_context_losses_total").value(), 5);
  EXPECT_EQ(scenes_built, 5);  // no rebuild after the fifth loss
  EXPECT_TRUE(sink.captured().empty());
}

TEST_F(RendererFaultTest, AFailedRebuildEndsTheProcess) {
  losses_to_come = 1;
  const auto once = [this]() -> std::unique_ptr<Scene> {
    if (scenes_built++ > 0) throw StartupError("no second scene");
    return std::make_unique<PlainScene>(drawn);
  };
  const Renderer renderer(config(context_losses()), once, sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  EXPECT_EQ(loop.run(), 1);
}

}  // namespace
}  // namespace cs
