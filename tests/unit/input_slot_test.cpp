// SPDX-License-Identifier: MIT
#include "input/input_slot.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "input/input_reports.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

PointerInput move(std::uint16_t x, std::uint16_t buttons = 0) {
  return {.buttons = buttons, .x = x};
}
constexpr PointerInput kDown{.action = PointerAction::down, .button = 0, .buttons = 1};
constexpr PointerInput kUp{.action = PointerAction::up, .button = 0};

struct InputSlotTest : testing::Test {
  void add(const std::vector<InputEvent>& events, ClientId client = 1, std::uint32_t number = 1) {
    slot.add(events, {.client = client, .number = number, .client_time = 0, .received_at = Clock::now()});
  }
  Metrics metrics;
  InputSlot slot{metrics};
};

TEST_F(InputSlotTest, AThousandMovesAreOneAtTheNextFrame) {
  for (std::uint16_t x = 0; x < 1000; ++x) add({move(x)}, 1, x + 1U);
  const PendingInput taken = slot.take();
  EXPECT_THAT(taken.events, ElementsAre(InputEvent(move(999))));
  ASSERT_THAT(taken.batches, SizeIs(1));
  EXPECT_EQ(taken.batches[0].number, 1000U);
  EXPECT_EQ(metrics.total("input_events_merged_total"), 999);
  EXPECT_THAT(slot.take().events, IsEmpty());
}

TEST_F(InputSlotTest, AMoveBeforeAButtonStaysBeforeIt) {
  add({move(1), move(2), kDown, move(3, 1), move(4, 1), kUp, move(5)});
  EXPECT_THAT(slot.take().events, ElementsAre(InputEvent(move(2)), InputEvent(kDown), InputEvent(move(4, 1)),
                                              InputEvent(kUp), InputEvent(move(5))));
}

TEST_F(InputSlotTest, RelativeMotionAndWheelsAddUp) {
  add({MotionInput{0.5F, 0.25F}, WheelInput{.dy = 10}, MotionInput{0.25F, -1}, WheelInput{.dx = 1, .dy = 5},
       PinchInput{2}, PinchInput{3}});
  EXPECT_THAT(slot.take().events, ElementsAre(InputEvent(MotionInput{0.75F, -0.75F}),
                                              InputEvent(WheelInput{.dx = 1, .dy = 15}), InputEvent(PinchInput{6})));
}

TEST_F(InputSlotTest, EventsOfTwoClientsAreNotMerged) {
  add({move(1)}, 1);
  add({move(2)}, 2);
  add({move(3)}, 1);
  const PendingInput taken = slot.take();
  EXPECT_THAT(taken.events, ElementsAre(InputEvent(move(3)), InputEvent(move(2))));
  EXPECT_THAT(taken.batches, SizeIs(2));
}

TEST_F(InputSlotTest, AFullSlotNeverLosesTheEndOfWhatIsHeld) {
  std::vector<InputEvent> events(InputSlot::kMostEvents + 10, InputEvent(KeyInput{.is_down = true, .code = "KeyA"}));
  add(events);
  add({KeyInput{.is_down = false, .code = "KeyA"}, PointerInput{.action = PointerAction::cancel}});
  const PendingInput taken = slot.take();
  EXPECT_THAT(taken.events, SizeIs(InputSlot::kMostEvents + 2));
  EXPECT_EQ(metrics.get("queue_refusals_total", {{"queue", "input"}}).value(), 10);
}

TEST_F(InputSlotTest, TheNewestMessagesOfTheApplicationStay) {
  for (std::size_t i = 0; i < InputSlot::kMostMessages + 3; ++i) slot.add_message(std::to_string(i));
  const auto messages = slot.take_messages();
  ASSERT_THAT(messages, SizeIs(InputSlot::kMostMessages));
  EXPECT_EQ(messages.front(), "3");
  EXPECT_THAT(slot.take_messages(), IsEmpty());
}

TEST_F(InputSlotTest, EachAdditionWakesTheSource) {
  int calls = 0;
  slot.set_wake([&] { ++calls; });
  add({move(1)});
  slot.add_message("{}");
  EXPECT_EQ(calls, 2);
  slot.set_wake({});
  add({move(2)});
  EXPECT_EQ(calls, 2);
}

struct InputReportsTest : testing::Test {
  static std::vector<InputBatchId> batch(ClientId client, std::uint32_t number) {
    return {{.client = client, .number = number, .client_time = 5, .received_at = Clock::now()}};
  }
  Metrics metrics;
  InputReports reports{metrics};
  TimePoint start = Clock::now();
};

TEST_F(InputReportsTest, ABatchIsReportedOnceWithTheFrameThatShowsIt) {
  reports.drawn(start, start, start + 5ms, batch(1, 7));
  EXPECT_THAT(reports.take(), IsEmpty()) << "not encoded yet";
  reports.encoded(start);
  reports.encoded(start);  // another stream of the same frame
  const auto taken = reports.take();
  ASSERT_THAT(taken, SizeIs(1));
  EXPECT_EQ(taken[0].batch.number, 7U);
  EXPECT_EQ(taken[0].captured_at, start);
  EXPECT_EQ(taken[0].drawn_at, start + 5ms);
  EXPECT_GE(taken[0].encoded_at, start);
}

TEST_F(InputReportsTest, AFrameThatNoEncoderTakesPassesItsBatchesOn) {
  reports.drawn(start, start, start, batch(1, 1));
  reports.drawn(start + 10ms, start, start, batch(1, 2));
  reports.encoded(start - 10ms);
  EXPECT_THAT(reports.take(), IsEmpty());
  reports.encoded(start + 10ms);
  const auto taken = reports.take();
  ASSERT_THAT(taken, SizeIs(2));
  EXPECT_EQ(taken[0].captured_at, start + 10ms);
}

TEST_F(InputReportsTest, ReportsAreBounded) {
  for (unsigned i = 0; i < InputReports::kMost + 5; ++i) reports.drawn(start, start, start, batch(1, i));
  reports.encoded(start);
  EXPECT_THAT(reports.take(), SizeIs(InputReports::kMost));
  EXPECT_EQ(metrics.get("queue_refusals_total", {{"queue", "input-reports"}}).value(), 5);
}

}  // namespace
}  // namespace cs
