// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "input/input_reports.hpp"
#include "input/input_slot.hpp"
#include "renderer_fixture.hpp"
#include "scene/scenes.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using testing::ElementsAre;
using testing::Pair;
using testing::SizeIs;

struct RendererInputTest : RendererTest {
  RendererConfig with_input() {
    RendererConfig result = config();
    result.input = &input;
    result.reports = &reports;
    result.on_wish = [this](const InputWish& each) { wish = each; };
    return result;
  }
  void press(const char* code, std::uint32_t number) {
    const InputEvent event = KeyInput{.is_down = true, .code = code};
    input.add({&event, 1}, {.client = 3, .number = number, .client_time = 0, .received_at = Clock::now()});
  }

  InputSlot input{metrics};
  InputReports reports{metrics};
  InputWish wish;
};

TEST_F(RendererInputTest, InputReachesTheSceneRightBeforeTheNextFrameAndIsReported) {
  KeyScene::Seen seen;
  press("KeyA", 1);
  press("KeyB", 2);
  {
    const Renderer renderer(
        with_input(), [&] { return std::make_unique<KeyScene>(seen); }, sink, demand, loop, metrics);
    const int before = seen.frame;
    demand.set(Demand::Level::live);
    ASSERT_TRUE(sink.wait_for_frames(3));
    demand.set(Demand::Level::none);
    EXPECT_THAT(seen.keys, ElementsAre(Pair("KeyA", before), Pair("KeyB", before)));
  }
  const auto captured = sink.captured();
  reports.encoded(captured.at(0));
  const auto applied = reports.take();
  ASSERT_THAT(applied, SizeIs(1)) << "the latest batch of the client";
  EXPECT_EQ(applied[0].batch.number, 2U);
  EXPECT_EQ(applied[0].captured_at, captured.at(0));
  EXPECT_GE(applied[0].drawn_at, applied[0].applied_at);
}

TEST_F(RendererInputTest, TheWishOfTheSceneReachesTheMainThread) {
  KeyScene::Seen seen;
  const Renderer renderer(
      with_input(), [&] { return std::make_unique<KeyScene>(seen); }, sink, demand, loop, metrics);
  const Timer limit(30s, Timer::Repeat::once, [&] { loop.quit(1); });
  const Timer look(1ms, Timer::Repeat::forever, [&] {
    if (wish.kinds != 0) loop.quit(0);
  });
  EXPECT_EQ(loop.run(), 0);
  EXPECT_EQ(wish.cursor, "crosshair");
}

TEST_F(RendererInputTest, ALostContextLosesNeitherInputNorItsReport) {
  KeyScene::Seen seen;
  losses_to_come = 2;
  RendererConfig lossy = with_input();
  lossy.reset_status = context_losses();
  press("KeyA", 1);
  {
    const Renderer renderer(
        lossy, [&] { return std::make_unique<KeyScene>(seen); }, sink, demand, loop, metrics);
    demand.set(Demand::Level::live);
    ASSERT_TRUE(sink.wait_for_frames(1));
    demand.set(Demand::Level::none);
  }
  EXPECT_THAT(seen.keys, SizeIs(1));
  reports.encoded(sink.captured().at(0));
  EXPECT_THAT(reports.take(), SizeIs(1));
}

TEST_F(RendererInputTest, ADragTurnsTheCubeAndTheNextContextShowsItTurned) {
  const SceneFactory factory = scene_factory("cube");
  const auto pixels_of = [&](std::span<const InputEvent> events) {
    OffscreenTarget target({.size = kSize, .pixels = PixelFormat::rgba}, factory);
    std::vector<std::byte> pixels(frame_bytes(kSize, PixelFormat::rgba));
    static_cast<void>(target.draw(kSize, {}, {}, pixels, events));
    return pixels;
  };
  const auto before = pixels_of({});
  EXPECT_EQ(pixels_of({}), before);
  const std::vector<InputEvent> drag = {
      PointerInput{.action = PointerAction::down, .button = 0, .buttons = 1, .x = 20'000, .y = 30'000},
      PointerInput{.buttons = 1, .x = 40'000, .y = 30'000}};
  const auto turned = pixels_of(drag);
  EXPECT_NE(turned, before);
  EXPECT_EQ(pixels_of({}), turned) << "a new context";
}

}  // namespace
}  // namespace cs
