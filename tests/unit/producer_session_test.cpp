// SPDX-License-Identifier: MIT
#include "source/producer_session.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/producer_session_fixture.hpp"

namespace cs {
namespace {

using test::connected;
using test::FakeProducer;
using testing::StrEq;

class ProducerSessionTest : public test::ProducerSessionFixture {};

TEST_F(ProducerSessionTest, AgreesOnFramesAndPassesSealedMemory) {
  producer.hello(640, 360, 4, 1, 0, "plasma");
  read();
  EXPECT_EQ(producer.receive().type(), FakeProducer::kHello);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kConfig);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kBuffers);
  EXPECT_EQ(producer.receive().type(), FakeProducer::kDemand);
  EXPECT_EQ(producer.width, 640U);
  EXPECT_EQ(producer.slot_bytes, 640U * 360 + 2 * 320 * 180);
  EXPECT_THAT(session.name(), StrEq("plasma"));
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
  const std::size_t last = producer.stride * (kSize.height - 1);
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
  EXPECT_EQ(sink.size(), kSize);
}

TEST_F(ProducerSessionTest, StatusIsKeptUntilTheNextFrame) {
  greet();
  producer.status(40, "loading\nthe scene");
  read();
  EXPECT_EQ(session.status(), "loading the scene, 40 %");
  producer.frame(0, 0);
  read();
  EXPECT_EQ(session.status(), "");
  producer.frame(0, 0);
  producer.status(101, "changing the scene");
  read();
  EXPECT_EQ(session.status(), "changing the scene");
}

TEST_F(ProducerSessionTest, BeforeTheFirstPictureAnUnchangedFrameShowsNothing) {
  greet();
  session.set_demand(true, 30);
  producer.status(40, "loading");
  for (std::uint64_t number = 1; number <= 2; ++number) {
    session.request(Clock::now());
    EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint32_t>(44) & 2U, 2U) << "no frame is there yet";
    producer.frame(number, 0, 1);
    read();
    EXPECT_FALSE(session.has_shown());
    EXPECT_EQ(session.status(), "loading, 40 %");
  }
  producer.frame(0, 0);
  read();
  EXPECT_TRUE(session.has_shown());
  session.request(Clock::now());
  EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint32_t>(44) & 2U, 0U);
}

TEST_F(ProducerSessionTest, AfterAnEarlierProducerAnUnchangedFrameIsShown) {
  auto [ours, theirs] = connected();
  ProducerSession second(ProducerConnection(std::move(ours)),
                         {.size = kSize, .started_at = Clock::now(), .needs_picture = false}, picture,
                         ProducerInput(input, reports), sizes, metrics);
  FakeProducer other(std::move(theirs));
  other.hello();
  EXPECT_EQ(second.read(Clock::now()), "");
  other.receive(FakeProducer::kBuffers);
  other.frame(0, 0, 1);
  EXPECT_EQ(second.read(Clock::now()), "");
  EXPECT_TRUE(second.has_shown());
}

TEST_F(ProducerSessionTest, AnUnchangedFrameKeepsTheOneThatWaits) {
  greet(1, 2);
  producer.fill(1, 255);
  producer.frame(0, 1);
  producer.frame(0, 0, 1);
  read();
  EXPECT_EQ(producer.receive(FakeProducer::kRelease).at<std::uint32_t>(12), 1U);
  EXPECT_EQ(shown_luma(), 235);
  EXPECT_EQ(metric("producer_frames_unchanged_total"), 1);
  EXPECT_EQ(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "newer-frame"}}).value(), 0);
}

TEST_F(ProducerSessionTest, AnOpenRequestIsVoidAfterAnotherSize) {
  greet();
  session.set_demand(true, 30);
  session.request(Clock::now());
  producer.receive(FakeProducer::kRequest);
  producer.wish(640, 360);
  read();
  session.request(Clock::now());
  const auto request = producer.receive(FakeProducer::kRequest);
  EXPECT_EQ(request.at<std::uint64_t>(8), 2U);
  EXPECT_EQ(request.at<std::uint32_t>(32), 2U) << "of the new generation";
  producer.frame(1, 0);  // the void request may still be answered with a new frame
  read();
  EXPECT_TRUE(session.has_shown());
  EXPECT_FALSE(session.is_silent(Clock::now()));
  EXPECT_TRUE(session.is_silent(Clock::now() + std::chrono::seconds(3))) << "request 2 is still open";
}

TEST_F(ProducerSessionTest, ASlowProducerIsAskedAgainAtOnce) {
  session.set_demand(true, 30);
  greet();
  session.request(Clock::now());
  producer.receive(FakeProducer::kRequest);
  session.request(Clock::now());  // the next frame is due, and the one before is still drawn
  producer.frame(1, 0);
  read(std::chrono::milliseconds(1));
  EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint64_t>(8), 2U);
}

TEST_F(ProducerSessionTest, ARequestStaysOpenWhileThereAreNoViewers) {
  session.set_demand(true, 30);
  greet();
  session.request(Clock::now());
  session.set_demand(false, 30);
  EXPECT_FALSE(session.is_silent(Clock::now() + std::chrono::hours(1)));
  session.set_demand(true, 30);
  EXPECT_FALSE(session.is_silent(Clock::now() + std::chrono::seconds(1)));
  session.request(Clock::now());
  producer.frame(1, 0);
  read();
  producer.receive(FakeProducer::kRequest);
  EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint64_t>(8), 2U);
}

TEST_F(ProducerSessionTest, TheFirstFrameForViewersIsTakenAtOnce) {
  greet(1, 2);
  for (int i = 0; i < 4; ++i) {  // without viewers, one a second is taken
    producer.frame(0, 0);
    read(std::chrono::milliseconds(10));
  }
  session.set_demand(true, 30);
  producer.fill(1, 255);
  producer.frame(0, 1);
  read(std::chrono::milliseconds(10));
  EXPECT_EQ(shown_luma(), 235);
}

TEST_F(ProducerSessionTest, AKeyframeIsWantedOnce) {
  greet();
  producer.frame(0, 0, 2);
  read();
  EXPECT_TRUE(session.take_keyframe_wish());
  EXPECT_FALSE(session.take_keyframe_wish());
}

TEST_F(ProducerSessionTest, AProducerMayDrawFewerFrames) {
  session.set_demand(true, 30);
  producer.hello(0, 0, 1, 1, 0, "slow", 10);
  read();
  EXPECT_EQ(producer.receive(FakeProducer::kConfig).at<std::uint32_t>(20), 10U);
  EXPECT_EQ(producer.receive(FakeProducer::kDemand).at<std::uint32_t>(12), 10U);
  session.request(Clock::now());
  EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint64_t>(8), 1U);
  session.set_demand(true, 25);  // still 10 for the producer: no message
  producer.frame(1, 0);
  read();
  EXPECT_EQ(producer.receive().type(), FakeProducer::kRelease);
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

}  // namespace
}  // namespace cs
