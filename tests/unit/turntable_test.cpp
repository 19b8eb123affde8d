// SPDX-License-Identifier: MIT
#include "scene/turntable.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace cs {
namespace {

using Seconds = Turntable::Seconds;

constexpr double kFrame = 1.0 / 60;

struct TurntableTest : testing::Test {
  void frames(int count) {
    for (int i = 0; i < count; ++i) table.advance(Seconds(time += kFrame), 16.0F / 9);
  }
  void pointer(PointerAction action, double x, double y, PointerDevice device = PointerDevice::mouse,
               std::uint8_t id = 0) {
    table.on_input(PointerInput{.action = action,
                                .device = device,
                                .id = id,
                                .button = action == PointerAction::move ? kNoButton : std::uint8_t{0},
                                .x = static_cast<std::uint16_t>(std::lround(x * kLastPosition)),
                                .y = static_cast<std::uint16_t>(std::lround(y * kLastPosition))});
  }
  void drag(int steps, double step) {
    pointer(PointerAction::down, 0.3, 0.5);
    for (int i = 1; i <= steps; ++i) {
      pointer(PointerAction::move, 0.3 + step * i, 0.5);
      frames(1);
    }
  }
  /// How far it is from its first orientation, in radians.
  [[nodiscard]] float turned() const { return glm::angle(table.orientation()); }

  double time = 0;
  Turntable table;
};

TEST_F(TurntableTest, WithoutInputItDependsOnTimeAlone) {
  frames(1000);
  EXPECT_EQ(table.motion_time(), Seconds(time));
  EXPECT_EQ(turned(), 0);
  EXPECT_EQ(table.wish().cursor, "grab");
}

TEST_F(TurntableTest, ADragTurnsAndTheSceneStopsWithTheHand) {
  drag(10, 0.01);
  const float after_drag = turned();
  EXPECT_NEAR(after_drag, 0.1F * 16 / 9 * 3.6F, 0.01F);
  EXPECT_EQ(table.wish().cursor, "grabbing");
  const Seconds motion = table.motion_time();
  frames(60);
  EXPECT_EQ(turned(), after_drag);
  EXPECT_EQ(table.motion_time(), motion) << "its own motion pauses";
}

TEST_F(TurntableTest, AHandThatLetsGoInMotionLeavesInertiaThatEnds) {
  drag(10, 0.01);
  pointer(PointerAction::up, 0.4, 0.5);
  const float at_end = turned();
  frames(10);
  EXPECT_GT(turned(), at_end);
  frames(600);
  const glm::quat rested = table.orientation();
  const Seconds motion = table.motion_time();
  frames(60);
  EXPECT_EQ(table.orientation(), rested);
  EXPECT_NEAR((table.motion_time() - motion).count(), 1.0, 0.01) << "its own motion is back";
}

TEST_F(TurntableTest, AHandThatRestsBeforeItLetsGoLeavesNone) {
  drag(10, 0.01);
  frames(60);
  pointer(PointerAction::up, 0.4, 0.5);
  const glm::quat rested = table.orientation();
  frames(60);
  EXPECT_LT(std::abs(glm::angle(table.orientation() * glm::inverse(rested))), 0.01F);
}

TEST_F(TurntableTest, ACancelledDragLeavesNoInertia) {
  drag(10, 0.01);
  pointer(PointerAction::cancel, 0.4, 0.5);
  const glm::quat rested = table.orientation();
  frames(60);
  EXPECT_EQ(table.orientation(), rested);
}

TEST_F(TurntableTest, ADoubleClickResets) {
  drag(10, 0.01);
  pointer(PointerAction::up, 0.4, 0.5);
  table.on_input(WheelInput{.dy = -200});
  frames(60);
  for (int i = 0; i < 2; ++i) {
    pointer(PointerAction::down, 0.4, 0.5);
    frames(2);
    pointer(PointerAction::up, 0.4, 0.5);
    frames(2);
  }
  EXPECT_EQ(turned(), 0);
  EXPECT_EQ(table.zoom(), 1);
}

TEST_F(TurntableTest, WheelAndPinchZoomWithinLimits) {
  table.on_input(WheelInput{.dy = -100});
  const float nearer = table.zoom();
  EXPECT_GT(nearer, 1);
  table.on_input(PinchInput{.factor = 0.5F});
  EXPECT_LT(table.zoom(), nearer);
  for (int i = 0; i < 100; ++i) table.on_input(WheelInput{.dy = -10'000});
  EXPECT_LE(table.zoom(), 2.2F);
  for (int i = 0; i < 100; ++i) table.on_input(PinchInput{.factor = 0.01F});
  EXPECT_GE(table.zoom(), 0.4F);
}

TEST_F(TurntableTest, TwoFingersZoom) {
  pointer(PointerAction::down, 0.4, 0.5, PointerDevice::touch, 1);
  pointer(PointerAction::down, 0.6, 0.5, PointerDevice::touch, 2);
  pointer(PointerAction::move, 0.35, 0.5, PointerDevice::touch, 1);
  pointer(PointerAction::move, 0.65, 0.5, PointerDevice::touch, 2);
  frames(1);
  EXPECT_NEAR(table.zoom(), 1.5F, 0.01F);
  EXPECT_LT(turned(), 0.01F) << "they move against each other";
}

TEST_F(TurntableTest, OtherButtonsDoNothing) {
  table.on_input(PointerInput{.action = PointerAction::down, .button = 2, .buttons = 4});
  table.on_input(PointerInput{.buttons = 4, .x = 30'000});
  frames(1);
  EXPECT_EQ(turned(), 0);
}

}  // namespace
}  // namespace cs
