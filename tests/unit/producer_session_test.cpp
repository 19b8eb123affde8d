// SPDX-License-Identifier: MIT
#include "source/producer_session.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/producer_fixture.hpp"

namespace cs {
namespace {

using test::FakeProducer;
using testing::HasSubstr;

using ProducerSessionTest = test::ProducerFixture;

TEST_F(ProducerSessionTest, AgreesOnFramesAndPassesSealedMemory) {
  producer.hello(640, 360, 4, 1, 0, "plasma");
  read();
  EXPECT_EQ(producer.receive().type(), FakeProducer::kHello);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kConfig);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kBuffers);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kDemand);
  EXPECT_EQ(producer.width, 640U);
  EXPECT_EQ(producer.slot_bytes, 640U * 360 + 2 * 320 * 180);
  EXPECT_THAT(session.name(), HasSubstr("plasma (process "));
  for (const Fd& fd : producer.memory) {
    EXPECT_EQ(fcntl(fd.get(), F_GET_SEALS), F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
    EXPECT_NE(ftruncate(fd.get(), 0), 0) << "a producer could fault the daemon";
  }
}

TEST_F(ProducerSessionTest, AFrameAnswersARequestAndReleasesItsSlot) {
  greet();
  session.set_demand(true, 30);
  session.request(Clock::now());
  const auto request = producer.receive(FakeProducer::kRequest);
  EXPECT_EQ(request.at<std::uint64_t>(8), 1U);
  EXPECT_EQ(request.at<std::uint32_t>(36), 320U);
  session.request(Clock::now());  // not before the first is answered
  producer.fill(1, 255);
  producer.frame(1, 1);
  read();
  EXPECT_EQ(producer.receive().at<std::uint32_t>(12), 1U) << "RELEASE of slot 1";
  EXPECT_TRUE(session.has_shown());
  EXPECT_EQ(shown_luma(), 235);
  session.request(Clock::now());
  EXPECT_EQ(producer.receive().at<std::uint64_t>(8), 2U);
}

TEST_F(ProducerSessionTest, EachFormatIsConverted) {
  greet();
  for (std::uint32_t format = 1; format <= 5; ++format) {
    producer.wish(0, 0, format);
    read();
    producer.receive(FakeProducer::kBuffers);
    const bool is_yuv = format >= 4;
    producer.fill(0, is_yuv ? 128 : 255);
    producer.frame(0, 0);
    read();
    EXPECT_EQ(shown_luma(), is_yuv ? 128 : 235) << format;
  }
}

TEST_F(ProducerSessionTest, RowsMayBeBottomUp) {
  greet(1, 1, 1);
  producer.fill(0, 0);
  const std::size_t last = producer.stride * (size.height - 1);
  std::memset(producer.slots[0].data() + last, 255, producer.stride);
  producer.frame(0, 0);
  read();
  EXPECT_EQ(shown_luma(), 235) << "the last row in memory is the first of the picture";
  EXPECT_EQ(sink.luma(0, 100), 16);
}

TEST_F(ProducerSessionTest, AnEqualFrameIsUnchanged) {
  greet();
  for (int i = 0; i < 3; ++i) {
    producer.fill(0, 100);
    producer.frame(0, 0);
    read();
  }
  producer.frame(0, 0xffff'ffff, 1);
  read();
  EXPECT_EQ(metric("producer_frames_total"), 4);
  EXPECT_EQ(metric("producer_frames_unchanged_total"), 3);
}

TEST_F(ProducerSessionTest, OfSeveralFramesTheNewestIsShownAndAllSlotsComeBack) {
  greet(1, 2);
  for (const std::uint32_t slot : {0U, 1U, 2U}) {
    producer.fill(slot, static_cast<unsigned char>(100 * slot));
    producer.frame(0, slot);
  }
  read();
  for (const std::uint32_t slot : {0U, 1U, 2U})
    EXPECT_EQ(producer.receive(FakeProducer::kRelease).at<std::uint32_t>(12), slot);
  EXPECT_EQ(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "newer-frame"}}).value(), 2);
  EXPECT_NEAR(shown_luma(), 16 + 200 * 219 / 255, 1);
}

TEST_F(ProducerSessionTest, AnotherSizeGetsNewMemoryAndOldFramesAreIgnored) {
  greet();
  const auto old = producer.frame_message(0, 0);
  producer.wish(640, 360);
  producer.send(old);
  read();
  producer.receive(FakeProducer::kBuffers);
  EXPECT_EQ(producer.generation, 2U);
  EXPECT_EQ(producer.width, 640U);
  EXPECT_FALSE(session.has_shown());
  producer.fill(2, 255);
  producer.frame(0, 2);
  read();
  EXPECT_EQ(picture.size(), (Size{640, 360}));
  EXPECT_EQ(shown_luma(), 235);
  EXPECT_EQ(sink.size(), (Size{640, 360})) << "the streams follow";
}

TEST_F(ProducerSessionTest, ASinkOfAnotherSizeGetsTheFramesScaled) {
  sink.keeps_its_size = true;
  producer.hello(640, 360);
  read();
  producer.receive(FakeProducer::kBuffers);
  producer.fill(1, 255);
  producer.frame(0, 1);
  read();
  EXPECT_EQ(picture.size(), (Size{640, 360}));
  EXPECT_EQ(shown_luma(), 235);
  EXPECT_EQ(sink.size(), size);
}

TEST_F(ProducerSessionTest, StatusIsKeptUntilTheNextFrame) {
  greet();
  producer.send(FakeProducer::message(FakeProducer::kStatus, {40, 0}, "loading\nthe scene"));
  read();
  EXPECT_EQ(session.status(), "loading the scene, 40 %");
  producer.frame(0, 0);
  read();
  EXPECT_EQ(session.status(), "");
  producer.frame(0, 0);
  producer.send(FakeProducer::message(FakeProducer::kStatus, {101, 0}, "changing the scene"));
  read();
  EXPECT_EQ(session.status(), "changing the scene");
}

TEST_F(ProducerSessionTest, DemandIsToldWhenItChanges) {
  greet();
  producer.receive(FakeProducer::kDemand);
  session.set_demand(true, 30);
  session.set_demand(true, 30);
  session.set_demand(false, 30);
  EXPECT_EQ(producer.receive().at<std::uint32_t>(8), 1U);
  EXPECT_EQ(producer.receive().at<std::uint32_t>(8), 0U);
}

TEST_F(ProducerSessionTest, ASlotThatDoesNotExistEndsIt) {
  greet();
  producer.frame(0, 3);
  expect_end("slot 3 does not exist");
}

TEST_F(ProducerSessionTest, AnAnswerWithoutARequestEndsIt) {
  greet();
  producer.frame(1, 0);
  expect_end("a request that was not sent");
}

TEST_F(ProducerSessionTest, AFrameBeforeHelloEndsIt) {
  producer.frame(0, 0);
  expect_end("not HELLO");
}

TEST_F(ProducerSessionTest, ASecondHelloEndsIt) {
  greet();
  producer.hello();
  expect_end("HELLO twice");
}

TEST_F(ProducerSessionTest, GarbageEndsIt) {
  producer.send(std::vector<std::byte>(100, std::byte{0xa5}));
  expect_end("says that it has");
}

TEST_F(ProducerSessionTest, AFloodEndsIt) {
  greet();
  std::string end;
  for (int i = 0; i < 100'000 && end.empty(); ++i) {
    while (producer.try_send(FakeProducer::message(99, {}))) {
    }
    end = session.read(Clock::now());
  }
  EXPECT_THAT(end, HasSubstr("more than 500 messages a second"));
}

TEST_F(ProducerSessionTest, AProducerThatDoesNotReadIsEnded) {
  greet(1, 2);
  std::string end;
  for (int i = 0; i < 100'000 && end.empty(); ++i) {
    session.set_demand(i % 2 == 0, 30);
    end = session.read(Clock::now());
  }
  EXPECT_EQ(end, "it does not read its messages");
}

TEST_F(ProducerSessionTest, HelloMustComeInTime) {
  EXPECT_EQ(session.read(Clock::now()), "");
  EXPECT_THAT(session.read(Clock::now() + std::chrono::seconds(6)), HasSubstr("no HELLO in time"));
}

TEST_F(ProducerSessionTest, AProducerThatLeavesIsNoticed) {
  greet();
  producer.close();
  EXPECT_EQ(session.read(Clock::now()), "it ended");
}

}  // namespace
}  // namespace cs
