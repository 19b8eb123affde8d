// SPDX-License-Identifier: MIT
#include "input/held_state.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace cs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

constexpr PointerInput kDown{.action = PointerAction::down, .button = 0, .buttons = 1, .x = 10, .y = 20};
constexpr PointerInput kUp{.action = PointerAction::up, .button = 0, .buttons = 0, .x = 30, .y = 40};

PointerInput touch(PointerAction action, std::uint8_t id) {
  return {.action = action, .device = PointerDevice::touch, .id = id, .x = id};
}
KeyInput key(bool is_down, std::string code) {
  return {.is_down = is_down, .code = std::move(code)};
}

struct HeldStateTest : testing::Test {
  std::vector<InputEvent> take(const ClientInput& input) {
    std::vector<InputEvent> passed;
    held.take(input, passed);
    return passed;
  }
  std::vector<InputEvent> release() {
    std::vector<InputEvent> ends;
    held.release(ends);
    return ends;
  }
  HeldState held;
};

TEST_F(HeldStateTest, EveryDownPassesAndItsUpOnce) {
  EXPECT_THAT(take(InputEvent(kDown)), SizeIs(1));
  EXPECT_THAT(take(InputEvent(key(true, "KeyA"))), SizeIs(1));
  EXPECT_TRUE(held.is_holding());
  EXPECT_THAT(take(InputEvent(kUp)), SizeIs(1));
  EXPECT_THAT(take(InputEvent(kUp)), IsEmpty());
  EXPECT_THAT(take(InputEvent(key(false, "KeyA"))), SizeIs(1));
  EXPECT_THAT(take(InputEvent(key(false, "KeyA"))), IsEmpty());
  EXPECT_FALSE(held.is_holding());
  EXPECT_THAT(release(), IsEmpty());
}

TEST_F(HeldStateTest, ReleaseEndsAButtonTwoKeysAndTouches) {
  for (const ClientInput& input :
       std::vector<ClientInput>{InputEvent(kDown), InputEvent(key(true, "KeyW")), InputEvent(key(true, "ShiftLeft")),
                                InputEvent(touch(PointerAction::down, 3))})
    take(input);
  PointerInput mouse_end = kDown;
  mouse_end.action = PointerAction::cancel;
  mouse_end.button = kNoButton;
  mouse_end.buttons = 0;
  EXPECT_THAT(release(),
              UnorderedElementsAre(InputEvent(mouse_end), InputEvent(key(false, "KeyW")),
                                   InputEvent(key(false, "ShiftLeft")), InputEvent(touch(PointerAction::cancel, 3))));
  EXPECT_FALSE(held.is_holding());
}

TEST_F(HeldStateTest, AReleaseAllOfTheClientDoesTheSame) {
  take(InputEvent(key(true, "KeyW")));
  EXPECT_THAT(take(ReleaseAllInput()), ElementsAre(InputEvent(key(false, "KeyW"))));
}

TEST_F(HeldStateTest, TheHeartbeatEndsWhatTheClientDoesNotHold) {
  take(InputEvent(kDown));
  take(InputEvent(key(true, "KeyW")));
  take(InputEvent(touch(PointerAction::down, 3)));
  take(InputEvent(touch(PointerAction::down, 4)));
  EXPECT_THAT(take(HeldInput{.buttons = 1, .pointers = {3, 4}, .keys = {"KeyW"}}), IsEmpty());
  EXPECT_THAT(take(HeldInput{.buttons = 1, .pointers = {4}, .keys = {}}),
              ElementsAre(InputEvent(touch(PointerAction::cancel, 3)), InputEvent(key(false, "KeyW"))));
  EXPECT_THAT(take(HeldInput{}), SizeIs(2));
  EXPECT_FALSE(held.is_holding());
}

TEST_F(HeldStateTest, AButtonWhoseEndDidNotComeIsCancelled) {
  take(InputEvent(kDown));
  const auto passed = take(InputEvent(PointerInput{.buttons = 0, .x = 50}));
  ASSERT_THAT(passed, SizeIs(2));
  EXPECT_EQ(std::get<PointerInput>(passed[0]).action, PointerAction::cancel);
  EXPECT_EQ(std::get<PointerInput>(passed[1]).x, 50);
  EXPECT_FALSE(held.is_holding());
}

TEST_F(HeldStateTest, OfTwoButtonsEachHasItsEnd) {
  take(InputEvent(kDown));
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::down, .button = 2, .buttons = 5})), SizeIs(1));
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::up, .button = 0, .buttons = 4})), SizeIs(1));
  EXPECT_TRUE(held.is_holding());
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::up, .button = 2, .buttons = 0})), SizeIs(1));
  EXPECT_FALSE(held.is_holding());
}

TEST_F(HeldStateTest, AButtonGoesDownOnlyIfItIsAmongThoseThatAreDown) {
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::down, .button = 0, .buttons = 0})), IsEmpty());
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::down, .buttons = 1})), IsEmpty());
  EXPECT_THAT(take(InputEvent(PointerInput{.action = PointerAction::down, .button = 1, .buttons = 1})), IsEmpty());
}

TEST_F(HeldStateTest, ATouchMovesOnlyWhileItIsDown) {
  EXPECT_THAT(take(InputEvent(touch(PointerAction::move, 1))), IsEmpty());
  EXPECT_THAT(take(InputEvent(touch(PointerAction::up, 1))), IsEmpty());
  EXPECT_THAT(take(InputEvent(touch(PointerAction::down, 1))), SizeIs(1));
  EXPECT_THAT(take(InputEvent(touch(PointerAction::move, 1))), SizeIs(1));
}

TEST_F(HeldStateTest, ItRemembersALimitedNumberOfKeysAndTouches) {
  for (std::size_t i = 0; i < HeldState::kMostKeys + 5; ++i)
    EXPECT_THAT(take(InputEvent(key(true, "Key" + std::to_string(i)))), SizeIs(i < HeldState::kMostKeys ? 1 : 0));
  for (std::size_t i = 1; i < HeldState::kMostPointers + 5; ++i)
    EXPECT_THAT(take(InputEvent(touch(PointerAction::down, static_cast<std::uint8_t>(i)))),
                SizeIs(i <= HeldState::kMostPointers ? 1 : 0));
  EXPECT_THAT(release(), SizeIs(HeldState::kMostKeys + HeldState::kMostPointers));
}

TEST_F(HeldStateTest, AGamepadPassesOnChangeAndComesToRest) {
  const GamepadInput pushed{.index = 1, .is_connected = true, .axes = {100, 0}, .buttons = {255}};
  EXPECT_THAT(take(InputEvent(pushed)), SizeIs(1));
  EXPECT_THAT(take(InputEvent(pushed)), IsEmpty());
  EXPECT_THAT(release(), ElementsAre(InputEvent(GamepadInput{.index = 1})));
}

}  // namespace
}  // namespace cs
