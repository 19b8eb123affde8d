// SPDX-License-Identifier: MIT
#include "input/message.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "fakes/input_batch.hpp"

namespace cs {
namespace {

using test::InputBatch;
using test::InputBytes;
using testing::HasSubstr;

auto parse(const std::string& message) {
  return parse_input_batch(std::as_bytes(std::span(message)));
}

ClientBatch batch_of(const std::string& message) {
  auto parsed = parse(message);
  if (const auto* bad = std::get_if<BadInput>(&parsed)) ADD_FAILURE() << bad->sentence;
  return std::holds_alternative<ClientBatch>(parsed) ? std::get<ClientBatch>(parsed) : ClientBatch{};
}

/// The only event of a message.
ClientInput event_of(unsigned kind, const InputBytes& fields) {
  const ClientBatch batch = batch_of(InputBatch().event(kind, fields.bytes()).message());
  if (batch.events.size() == 1) return batch.events.front();
  ADD_FAILURE() << batch.events.size() << " events";
  return ReleaseAllInput();
}

std::string complaint(const std::string& message) {
  const auto parsed = parse(message);
  const auto* bad = std::get_if<BadInput>(&parsed);
  return bad != nullptr ? bad->sentence : "accepted";
}
std::string complaint(unsigned kind, const InputBytes& fields) {
  return complaint(InputBatch().event(kind, fields.bytes()).message());
}

TEST(InputMessage, HasABatchNumberAndTheTimeOfTheClient) {
  const ClientBatch batch = batch_of(InputBatch().message(7, 1234.5));
  EXPECT_EQ(batch.number, 7U);
  EXPECT_EQ(batch.time, 1234.5);
  EXPECT_TRUE(batch.events.empty());
}

TEST(InputMessage, EachKindIsReadAndWrittenAlike) {
  const std::pair<unsigned, std::pair<InputBytes, InputEvent>> cases[] = {
      {1,
       {InputBytes().u8(1).u8(1).u8(5).u8(2).u16(4).u16(100).u16(65535).u16(300).u8(3),
        PointerInput{PointerAction::down, PointerDevice::pen, 5, 2, 4, 100, 65535, 300, 3}}},
      {2, {InputBytes().f32(0.5F).f32(-0.25F).u16(1).u8(2), MotionInput{0.5F, -0.25F, 1, 2}}},
      {3, {InputBytes().f32(1).f32(-120).u16(7).u16(8).u8(9), WheelInput{1, -120, 7, 8, 9}}},
      {4, {InputBytes().f32(1.5F).u16(7).u16(8), PinchInput{1.5F, 7, 8}}},
      {5, {InputBytes().u8(1).u8(1).u8(4).text("ArrowLeft"), KeyInput{true, true, 4, "ArrowLeft"}}},
      {6, {InputBytes().text("gr\xc3\xbc\xc3\x9f"), TextInput{"gr\xc3\xbc\xc3\x9f"}}},
      {7, {InputBytes().u8(1).u8(1).u8(2).u8(1).u16(0x8001).u16(5).u8(255), GamepadInput{1, true, {-32767, 5}, {255}}}},
      {8, {InputBytes().u16(800).u16(600).f32(1.5F).u8(1), ViewportInput{800, 600, 1.5F, true}}},
  };
  for (const auto& [kind, fields_and_event] : cases) {
    const auto& [fields, event] = fields_and_event;
    EXPECT_EQ(std::get<InputEvent>(event_of(kind, fields)), event) << kind;
    std::vector<std::byte> written;
    write_input_event(event, written);
    const std::string text(reinterpret_cast<const char*>(written.data()), written.size());
    EXPECT_EQ(text,
              InputBytes().u8(kind).u8(static_cast<unsigned>(fields.bytes().size())).text(fields.bytes()).bytes());
  }
}

TEST(InputMessage, TheHeartbeatListsWhatIsHeld) {
  const auto held =
      std::get<HeldInput>(event_of(10, InputBytes().u16(3).u8(2).u8(7).u8(9).u8(4).text("KeyA").u8(5).text("Space")));
  EXPECT_EQ(held, (HeldInput{3, {7, 9}, {"KeyA", "Space"}}));
  EXPECT_EQ(std::get<ReleaseAllInput>(event_of(9, InputBytes())), ReleaseAllInput());
}

TEST(InputMessage, UnknownKindsAndLaterFieldsAreSkipped) {
  InputBatch batch;
  batch.event(77, "new").event(4, InputBytes().f32(2).u16(1).u16(2).text("more").bytes()).event(255, "");
  const ClientBatch parsed = batch_of(batch.message());
  ASSERT_EQ(parsed.events.size(), 1U);
  EXPECT_EQ(std::get<InputEvent>(parsed.events[0]), InputEvent(PinchInput{2, 1, 2}));
}

TEST(InputMessage, MalformedOnesAreRefusedInWords) {
  EXPECT_THAT(complaint(""), HasSubstr("shorter than its header"));
  EXPECT_THAT(complaint(std::string(15, '\1')), HasSubstr("shorter than its header"));
  EXPECT_THAT(complaint(std::string(16, '\0')), HasSubstr("version"));
  EXPECT_THAT(complaint(std::string(kMaxInputMessage + 1, '\1')), HasSubstr("16 KB"));
  EXPECT_THAT(complaint(InputBatch().message(1, std::numeric_limits<double>::quiet_NaN())), HasSubstr("time"));
  EXPECT_THAT(complaint(InputBytes().u8(1).u8(0).u16(513).u32(1).f64(0).bytes()), HasSubstr("512"));
  EXPECT_THAT(complaint(InputBytes().u8(1).u8(0).u16(1).u32(1).f64(0).u8(9).bytes()), HasSubstr("events"));
  EXPECT_THAT(complaint(InputBytes().u8(1).u8(0).u16(1).u32(1).f64(0).u8(5).u8(9).bytes()), HasSubstr("events"));
}

TEST(InputMessage, ValuesOutOfRangeAreRefused) {
  const auto pointer = [](unsigned action, unsigned device, unsigned id, unsigned button) {
    return complaint(1, InputBytes().u8(action).u8(device).u8(id).u8(button).u16(0).u16(0).u16(0).u16(0).u8(0));
  };
  EXPECT_EQ(pointer(4, 0, 0, 255), "accepted");
  EXPECT_THAT(pointer(5, 0, 0, 255), HasSubstr("kind 1"));
  EXPECT_THAT(pointer(0, 3, 1, 255), HasSubstr("kind 1"));
  EXPECT_THAT(pointer(0, 0, 1, 255), HasSubstr("kind 1")) << "the mouse has the id 0";
  EXPECT_THAT(pointer(0, 2, 0, 255), HasSubstr("kind 1")) << "a touch has another id";
  EXPECT_THAT(pointer(1, 0, 0, 16), HasSubstr("kind 1"));
  EXPECT_THAT(complaint(4, InputBytes().f32(0).u16(0).u16(0)), HasSubstr("kind 4"));
  EXPECT_THAT(complaint(5, InputBytes().u8(3).u8(0).u8(0).text("KeyA")), HasSubstr("kind 5"));
  EXPECT_THAT(complaint(5, InputBytes().u8(1).u8(0).u8(0)), HasSubstr("kind 5"));
  EXPECT_THAT(complaint(5, InputBytes().u8(1).u8(0).u8(0).text("Key A")), HasSubstr("kind 5"));
  EXPECT_THAT(complaint(5, InputBytes().u8(1).u8(0).u8(0).text(std::string(33, 'a'))), HasSubstr("kind 5"));
  EXPECT_THAT(complaint(6, InputBytes().text("\xff")), HasSubstr("kind 6"));
  EXPECT_THAT(complaint(6, InputBytes()), HasSubstr("kind 6"));
  EXPECT_THAT(complaint(7, InputBytes().u8(4).u8(1).u8(0).u8(0)), HasSubstr("kind 7"));
  EXPECT_THAT(complaint(7, InputBytes().u8(0).u8(1).u8(9).u8(0)), HasSubstr("kind 7"));
  EXPECT_THAT(complaint(10, InputBytes().u16(0).u8(3).u8(1)), HasSubstr("kind 10"));
  EXPECT_THAT(complaint(10, InputBytes().u16(0).u8(0).u8(0)), HasSubstr("kind 10"));
}

TEST(InputMessage, NumbersThatAreNoNumbersBecomeHarmless) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float most = std::numeric_limits<float>::infinity();
  const auto motion =
      std::get<MotionInput>(std::get<InputEvent>(event_of(2, InputBytes().f32(nan).f32(most).u16(0).u8(0))));
  EXPECT_EQ(motion.dx, 0);
  EXPECT_TRUE(std::isfinite(motion.dy));
  const auto view =
      std::get<ViewportInput>(std::get<InputEvent>(event_of(8, InputBytes().u16(0).u16(0).f32(nan).u8(1))));
  EXPECT_GT(view.pixel_ratio, 0);
}

}  // namespace
}  // namespace cs
