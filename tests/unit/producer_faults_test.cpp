// SPDX-License-Identifier: MIT
#include "source/producer_session.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/producer_session_fixture.hpp"

namespace cs {
namespace {

using test::connected;
using test::FakeProducer;
using testing::HasSubstr;

class ProducerFaultsTest : public test::ProducerSessionFixture {};

TEST_F(ProducerFaultsTest, TheSentenceIsReadThoughMessagesWereNot) {
  auto [ours, theirs] = connected();
  FakeProducer other(std::move(theirs));
  {
    ProducerSession ended(ProducerConnection(std::move(ours)), {.size = kSize, .started_at = Clock::now()}, picture,
                          ProducerInput(input, reports), sizes, metrics);
    other.frame(0, 0);  // before HELLO
    for (int i = 0; i < 20; ++i) other.hello();
    EXPECT_THAT(ended.read(Clock::now()), HasSubstr("not HELLO"));
    EXPECT_FALSE(other.try_send(FakeProducer::message(99, {}))) << "more messages would reset the connection";
  }
  EXPECT_THAT(other.receive().text(), HasSubstr("not HELLO"));
  EXPECT_TRUE(other.receive().bytes.empty());
  EXPECT_EQ(errno, 0) << "the end, and no reset";
}

TEST_F(ProducerFaultsTest, ASlotThatDoesNotExistEndsIt) {
  greet();
  producer.frame(0, 3);
  expect_end("slot 3 does not exist");
}

TEST_F(ProducerFaultsTest, AnAnswerWithoutARequestEndsIt) {
  greet();
  producer.frame(1, 0);
  expect_end("a request that was not sent");
}

TEST_F(ProducerFaultsTest, AFrameBeforeHelloEndsIt) {
  producer.frame(0, 0);
  expect_end("not HELLO");
}

TEST_F(ProducerFaultsTest, ASecondHelloEndsIt) {
  greet();
  producer.hello();
  expect_end("HELLO twice");
}

TEST_F(ProducerFaultsTest, GarbageEndsIt) {
  producer.send(std::vector<std::byte>(100, std::byte{0xa5}));
  expect_end("says that it has");
}

TEST_F(ProducerFaultsTest, AFloodEndsIt) {
  greet();
  std::string end;
  for (int i = 0; i < 100'000 && end.empty(); ++i) {
    while (producer.try_send(FakeProducer::message(99, {}))) {
    }
    end = session.read(Clock::now());
  }
  EXPECT_THAT(end, HasSubstr("more than 500 messages a second"));
}

TEST_F(ProducerFaultsTest, AProducerThatDoesNotReadIsEnded) {
  greet(1, 2);
  std::string end;
  for (int i = 0; i < 100'000 && end.empty(); ++i) {
    session.set_demand(i % 2 == 0, 30);
    end = session.read(Clock::now());
  }
  EXPECT_EQ(end, "it does not read its messages");
}

TEST_F(ProducerFaultsTest, HelloMustComeInTime) {
  EXPECT_EQ(session.read(Clock::now()), "");
  EXPECT_THAT(session.read(Clock::now() + std::chrono::seconds(6)), HasSubstr("no HELLO in time"));
}

TEST_F(ProducerFaultsTest, AProducerThatLeavesIsNoticed) {
  greet();
  producer.close();
  EXPECT_EQ(session.read(Clock::now()), "it ended");
}

}  // namespace
}  // namespace cs
