// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cubestream/application_message.hpp"
#include "cubestream/input_wish.hpp"
#include "fakes/producer_session_fixture.hpp"

namespace cs {
namespace {

using test::FakeProducer;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

constexpr int kInput = 10;
constexpr int kWants = 11;
constexpr int kMessage = 12;

class ProducerInputTest : public test::ProducerSessionFixture {
 protected:
  void want(std::uint32_t kinds, const std::string& cursor = "", std::uint32_t lock = 0) {
    producer.send(FakeProducer::message(kWants, {kinds, lock}, cursor));
    read();
  }
  void press(const std::string& code, std::uint32_t number = 1) {
    const InputEvent event = KeyInput{.is_down = true, .code = code};
    input.add({&event, 1}, {.client = 1, .number = number, .client_time = 0, .received_at = Clock::now()});
  }
  /// The bytes of the events in a REQUEST or INPUT, whose head ends at `from`.
  static std::string events_of(const test::WireMessage& message, std::size_t from) {
    return {reinterpret_cast<const char*>(message.bytes.data()) + from, message.bytes.size() - from};
  }
  /// A key press as it travels.
  static std::string pressed(const std::string& code) {
    return std::string("\x05") + static_cast<char>(3 + code.size()) + std::string("\x01\0\0", 3) + code;
  }
  /// Asks for a frame, and returns the request.
  test::WireMessage request() {
    session.request(Clock::now());
    return producer.receive(FakeProducer::kRequest);
  }
};

TEST_F(ProducerInputTest, InputTravelsInTheNextRequest) {
  greet();
  want(kKeyKind);
  session.set_demand(true, 30);
  EXPECT_EQ(request().bytes.size(), 56U) << "no input";
  producer.frame(1, 0);
  read();
  press("KeyA");
  press("KeyB");
  session.on_input(now);
  const auto with_input = request();
  EXPECT_EQ(with_input.at<std::uint64_t>(8), 2U);
  EXPECT_EQ(with_input.at<std::uint32_t>(48), with_input.bytes.size() - 56);
  EXPECT_EQ(with_input.at<std::uint32_t>(52), 2U);
  EXPECT_EQ(events_of(with_input, 56), pressed("KeyA") + pressed("KeyB"));
}

TEST_F(ProducerInputTest, TheFrameThatAnswersIsReported) {
  greet();
  session.set_demand(true, 30);
  request();
  press("KeyA", 7);  // while the program draws: not part of that frame
  producer.fill(0, 10);
  producer.frame(1, 0);
  read();
  reports.encoded(Clock::now());
  EXPECT_THAT(reports.take(), IsEmpty());
  request();
  producer.fill(1, 20);
  producer.frame(2, 1);
  read();
  reports.encoded(now);
  const auto applied = reports.take();
  ASSERT_THAT(applied, SizeIs(1));
  EXPECT_EQ(applied[0].batch.number, 7U);
}

TEST_F(ProducerInputTest, AnUnchangedPictureShowsNoInput) {
  greet();
  session.set_demand(true, 30);
  request();
  producer.fill(0, 10);
  producer.frame(1, 0);
  read();
  press("KeyA");
  request();
  producer.frame(2, 0, 1);
  read();
  request();
  producer.fill(1, 20);
  producer.frame(3, 1);
  read();
  reports.encoded(now);
  EXPECT_THAT(reports.take(), IsEmpty());
}

TEST_F(ProducerInputTest, AProgramWithItsOwnClockGetsInputAtOnce) {
  greet(1, 2);
  want(kKeyKind);
  session.set_demand(true, 30);
  press("KeyA", 3);
  session.on_input(now);
  const auto sent = producer.receive(kInput);
  EXPECT_EQ(sent.at<std::uint32_t>(8), 1U);
  EXPECT_EQ(events_of(sent, 16), pressed("KeyA"));
  producer.fill(0, 10);
  producer.frame(0, 0);
  read();
  reports.encoded(now);
  EXPECT_THAT(reports.take(), SizeIs(1));
}

TEST_F(ProducerInputTest, WithoutViewersTheEndsOfKeysComeAtOnceToo) {
  greet();
  press("KeyA");
  session.on_input(now);
  EXPECT_EQ(producer.receive(kInput).at<std::uint32_t>(8), 1U);
}

TEST_F(ProducerInputTest, MuchInputIsSpreadOverMessages) {
  greet(1, 2);
  for (int i = 0; i < 200; ++i) {
    const InputEvent text = TextInput{std::string(250, 'x')};
    input.add({&text, 1}, {.client = 1, .number = 1, .client_time = 0, .received_at = Clock::now()});
  }
  session.on_input(now);
  std::uint32_t count = 0;
  while (count < 200) {
    const auto sent = producer.receive(kInput);
    ASSERT_FALSE(sent.bytes.empty());
    EXPECT_LE(sent.bytes.size(), 16 + kMaxInputBytes);
    count += sent.at<std::uint32_t>(8);
  }
  EXPECT_EQ(count, 200U);
}

TEST_F(ProducerInputTest, TheProgramSaysWhatItWants) {
  greet();
  EXPECT_EQ(session.wish(), InputWish());
  want(kPointerKind | kTextKind | 0x8000'0000, "zoom-in", 1);
  EXPECT_EQ(session.wish(), (InputWish{kPointerKind | kTextKind, true, "zoom-in"}));
  want(0);
  EXPECT_EQ(session.wish(), InputWish());
  producer.send(FakeProducer::message(kWants, {1, 0}, "url(evil)"));
  expect_end("the cursor in a WANTS is not the name of a CSS cursor");
}

TEST_F(ProducerInputTest, MessagesOfTheApplicationGoBothWays) {
  greet();
  input.add_message(R"({"view":"top"})");
  session.on_input(now);
  EXPECT_EQ(events_of(producer.receive(kMessage), 8), R"({"view":"top"})");
  producer.send(FakeProducer::message(kMessage, {}, "[1,2]"));
  read();
  EXPECT_THAT(session.take_texts(), ElementsAre("[1,2]"));
  EXPECT_THAT(session.take_texts(), IsEmpty());
  producer.send(FakeProducer::message(kMessage, {}, "{broken"));
  expect_end("a MESSAGE is not valid JSON");
}

TEST_F(ProducerInputTest, AMessageThatIsTooLongEndsTheProgram) {
  greet();
  std::string json = "\"";
  json.append(kMaxApplicationBytes, 'x').append("\"");
  producer.send(FakeProducer::message(kMessage, {}, json));
  expect_end("a MESSAGE is larger than 16 KiB");
}

TEST_F(ProducerInputTest, TooManyMessagesAreLostAndCounted) {
  greet();
  for (int i = 0; i < 70; ++i) producer.send(FakeProducer::message(kMessage, {}, "1"));
  read();
  read();
  EXPECT_THAT(session.take_texts(), SizeIs(64));
  EXPECT_EQ(metrics.get("queue_refusals_total", {{"queue", "producer-messages"}}).value(), 6);
}

}  // namespace
}  // namespace cs
