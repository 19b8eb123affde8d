// SPDX-License-Identifier: MIT
#include "render/renderer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <memory>
#include <numeric>

#include "base/error.hpp"
#include "render/stamp.hpp"
#include "renderer_fixture.hpp"
#include "scene/scenes.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

TEST_F(RendererTest, WithoutViewersDrawsOnlyTheFirstFrame) {
  const Renderer renderer(config(), plain(), sink, demand, loop, metrics);
  EXPECT_EQ(drawn, 1);
  demand.set(Demand::Level::standby);
  EXPECT_FALSE(sink.wait_for_frames(1, 100ms));
  EXPECT_EQ(sink.acquired(), 0);
  EXPECT_EQ(drawn, 1);
}

TEST_F(RendererTest, DrawsOnlyWhileTheDemandIsLive) {
  const Renderer renderer(config(), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(5));
  demand.set(Demand::Level::none);
  (void)sink.wait_for_frames(SIZE_MAX, 50ms);  // one frame may have been in progress
  const auto count = sink.captured().size();
  EXPECT_FALSE(sink.wait_for_frames(count + 1, 100ms));
  demand.set(Demand::Level::live);
  EXPECT_TRUE(sink.wait_for_frames(count + 5));
}

TEST_F(RendererTest, DrawsAtTheRequestedRate) {
  const Renderer renderer(config(), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(50));
  demand.set(Demand::Level::none);
  const auto captured = sink.captured();
  const auto skipped = metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "late"}}).value();
  const auto due = static_cast<std::int64_t>(captured.size()) - 1 + skipped;
  // Drawn plus skipped frames match the requested rate, except for delays of the first or the last frame.
  const auto delay = 100ms;
  EXPECT_GE(captured.back() - captured.front() + delay, (captured.size() - 1) * 10ms);
  EXPECT_LE(captured.back() - captured.front() - delay, due * 10ms);
  EXPECT_TRUE(std::is_sorted(captured.begin(), captured.end()));
}

TEST_F(RendererTest, WithoutRoomInTheSinkDrawsNothingAndCounts) {
  sink.set_busy(true);
  const Renderer renderer(config(), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_requests(10));
  EXPECT_EQ(drawn, 1);  // the first frame, at start
  EXPECT_GE(metrics.get("frames_dropped_total", {{"place", "render"}, {"reason", "encoders-busy"}}).value(), 9);
  EXPECT_EQ(metrics.get("frames_rendered_total").value(), 0);
  sink.set_busy(false);
  EXPECT_TRUE(sink.wait_for_frames(1));
}

TEST_F(RendererTest, FramesAreUpright) {
  const Renderer renderer(
      config(), [] { return make_scene("cube"); }, sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(1));
  const Picture picture = sink.latest();
  EXPECT_GT(picture.luma(0, 0.1), picture.luma(0.9, 1) + 25);
}

TEST_F(RendererTest, StampsFramesWhileRequested) {
  sink.set_size({320, 64});
  const auto is_stamped = [&] {
    const auto before = sink.captured().size();
    EXPECT_TRUE(sink.wait_for_frames(before + 2));  // one frame may have begun before
    const Picture picture = sink.latest();
    std::array<bool, kStampBlocks> blocks = {};
    std::uint32_t stamp = 0;
    for (std::size_t i = 0; i < kStampBlocks; ++i) {
      blocks[i] = picture.at(static_cast<int>(4 * i + 2), 2)[0] > 127;
      if (i < 32 && blocks[i]) stamp |= 1U << i;
    }
    return blocks == stamp_blocks(stamp) && stamp_of(std::chrono::system_clock::now()) - stamp < 60'000;
  };
  for (const auto when : {FrameStamp::never, FrameStamp::always, FrameStamp::asked}) {
    RendererConfig stamped = config({}, {320, 64});
    stamped.stamp = when;
    const Renderer renderer(stamped, plain(), sink, demand, loop, metrics);
    demand.set(Demand::Level::live);
    demand.want_stamp(true);
    EXPECT_EQ(is_stamped(), when != FrameStamp::never);
    demand.want_stamp(false);
    EXPECT_EQ(is_stamped(), when == FrameStamp::always);
    demand.set(Demand::Level::none);
  }
}

TEST_F(RendererTest, FramesHaveTheRequestedSizeAndRate) {
  const Renderer renderer(
      config(), [] { return make_scene("cube"); }, sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(2));
  EXPECT_EQ(sink.latest().size, kSize);
  sink.set_size({32, 32});
  const auto before = sink.captured().size();
  ASSERT_TRUE(sink.wait_for_frames(before + 2));
  const Picture small = sink.latest();
  EXPECT_EQ(small.size, (Size{32, 32}));
  EXPECT_NE(small.at(16, 16), small.at(0, 0)) << "the scene is scaled to the frame size";
  sink.rate = 10;
  const auto then = sink.captured().size();
  ASSERT_TRUE(sink.wait_for_frames(then + 5));
  const auto all = sink.captured();
  EXPECT_GE(all[then + 4] - all[then + 1], 3 * 100ms - 100ms)
      << "the tolerance allows for a late frame, which shortens the next interval";
}

TEST_F(RendererTest, MeasuresEachStageOfEachFrame) {
  RendererConfig i420 = config();
  i420.pixels = PixelFormat::i420;
  {
    const Renderer renderer(i420, plain(), sink, demand, loop, metrics);
    demand.set(Demand::Level::live);
    ASSERT_TRUE(sink.wait_for_frames(5));
  }
  const auto drawn_total = metrics.get("frames_rendered_total").value();
  for (const char* name : {"wait", "update", "draw", "read_back", "convert"}) {
    const auto buckets = metrics.stage(name).buckets();
    EXPECT_EQ(std::reduce(buckets.begin(), buckets.end()), drawn_total) << name;
  }
  EXPECT_GT(metrics.stage("draw").sum(), 0ns);
}

TEST_F(RendererTest, ThrowsAnErrorAtStart) {
  const auto none = []() -> std::unique_ptr<Scene> { throw StartupError("no scene"); };
  try {
    const Renderer renderer(config(), none, sink, demand, loop, metrics);
    FAIL() << "it started";
  } catch (const StartupError& error) {
    EXPECT_STREQ(error.what(), "no scene");
  }
}

TEST_F(RendererTest, DestructorDoesNotWaitForTheNextFrame) {
  demand.set(Demand::Level::live);
  sink.rate = 1;
  auto renderer = std::make_unique<Renderer>(config(), plain(), sink, demand, loop, metrics);
  ASSERT_TRUE(sink.wait_for_frames(1));
  const TimePoint before = Clock::now();
  renderer.reset();
  EXPECT_LT(Clock::now() - before, 800ms);  // well before the next frame is due
}

}  // namespace
}  // namespace cs
