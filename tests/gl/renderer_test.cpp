// SPDX-License-Identifier: MIT
#include "render/renderer.hpp"

#include <GLES3/gl32.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <numeric>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "gl_faults.hpp"
#include "picture.hpp"
#include "render/stamp.hpp"
#include "scene/scenes.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr auto kLong = 30s;  // timeout; only a failing test waits this long

class TestMemory final : public FrameMemory {
 public:
  explicit TestMemory(Size size) : size_(size), bytes_(static_cast<std::size_t>(size.width * size.height) * 4) {}
  Size size() const override { return size_; }
  std::span<std::byte> pixels() override { return bytes_; }

 private:
  const Size size_;
  std::vector<std::byte> bytes_;
};

/// Takes frames, or provides no memory while busy.
class TestSink final : public FrameSink {
 public:
  explicit TestSink(Size size) : size_(size) {}

  int fps() override { return rate; }

  std::unique_ptr<FrameMemory> acquire() override {
    const std::lock_guard lock(mutex_);
    ++acquired_;
    changed_.notify_all();
    if (busy_) return nullptr;
    return std::make_unique<TestMemory>(size_);
  }

  void push(Frame frame) override {
    const std::lock_guard lock(mutex_);
    captured_.push_back(frame.captured_at);
    latest_ = std::move(frame.memory);
    changed_.notify_all();
  }

  void set_size(Size size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
  }

  void set_busy(bool busy) {
    const std::lock_guard lock(mutex_);
    busy_ = busy;
  }

  [[nodiscard]] bool wait_for_frames(std::size_t count, std::chrono::milliseconds timeout = kLong) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return captured_.size() >= count; });
  }
  [[nodiscard]] bool wait_for_requests(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLong, [&] { return acquired_ >= count; });
  }

  [[nodiscard]] std::vector<TimePoint> captured() {
    const std::lock_guard lock(mutex_);
    return captured_;
  }
  [[nodiscard]] int acquired() {
    const std::lock_guard lock(mutex_);
    return acquired_;
  }
  [[nodiscard]] Picture latest() {
    const std::lock_guard lock(mutex_);
    Picture picture{latest_->size(), {}};
    for (const std::byte value : latest_->pixels()) picture.rgba.push_back(std::to_integer<std::uint8_t>(value));
    return picture;
  }

  std::atomic<int> rate = 100;

 private:
  Size size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;
  int acquired_ = 0;
  std::vector<TimePoint> captured_;
  std::unique_ptr<FrameMemory> latest_;
};

/// Clears the frame and counts the calls.
class PlainScene final : public Scene {
 public:
  explicit PlainScene(std::atomic<int>& drawn) : drawn_(drawn) {}
  void update(std::chrono::duration<double> /*time*/) override {}
  void draw(const SceneView& /*view*/) override {
    glClear(GL_COLOR_BUFFER_BIT);
    ++drawn_;
  }

 private:
  std::atomic<int>& drawn_;
};

class RendererTest : public testing::Test {
 protected:
  RendererTest() { enter_thread(ThreadRole::main); }

  /// A reset status that reports a lost context for the next `losses_to_come` frames.
  std::function<unsigned()> context_losses() {
    return [this] {
      if (losses_to_come <= 0) return static_cast<unsigned>(GL_NO_ERROR);
      --losses_to_come;
      return static_cast<unsigned>(GL_GUILTY_CONTEXT_RESET);
    };
  }

  SceneFactory plain() {
    return [this] {
      ++scenes_built;
      return std::make_unique<PlainScene>(drawn);
    };
  }

  static constexpr Size kSize{64, 64};
  static RendererConfig config(std::function<unsigned()> reset_status = {}, Size size = kSize) {
    return {.size = size, .pixels = PixelFormat::rgba, .reset_status = std::move(reset_status)};
  }
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  TestSink sink{kSize};
  std::atomic<int> drawn = 0;
  std::atomic<int> scenes_built = 0;
  std::atomic<int> losses_to_come = 0;
};

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

TEST_F(RendererTest, RecreatesAContextThatCannotBeReadBack) {
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

TEST_F(RendererTest, ContinuesOnANewContextAfterALoss) {
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

TEST_F(RendererTest, DropsTheFrameOfALostContext) {
  losses_to_come = 2;
  const Renderer renderer(config(context_losses()), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  ASSERT_TRUE(sink.wait_for_frames(3));
  demand.set(Demand::Level::none);
  const auto acquired = sink.acquired();
  EXPECT_GE(acquired - static_cast<int>(sink.captured().size()), 2);
}

TEST_F(RendererTest, FiveLossesWithinTenSecondsEndTheProcess) {
  losses_to_come = 5;
  const Renderer renderer(config(context_losses()), plain(), sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  EXPECT_EQ(loop.run(), 1);
  EXPECT_EQ(metrics.get("gl_context_losses_total").value(), 5);
  EXPECT_EQ(scenes_built, 5);  // no rebuild after the fifth loss
  EXPECT_TRUE(sink.captured().empty());
}

TEST_F(RendererTest, AFailedRebuildEndsTheProcess) {
  losses_to_come = 1;
  const auto once = [this]() -> std::unique_ptr<Scene> {
    if (scenes_built++ > 0) throw StartupError("no second scene");
    return std::make_unique<PlainScene>(drawn);
  };
  const Renderer renderer(config(context_losses()), once, sink, demand, loop, metrics);
  demand.set(Demand::Level::live);
  EXPECT_EQ(loop.run(), 1);
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
