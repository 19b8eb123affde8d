// SPDX-License-Identifier: MIT
// What a producer cannot use up.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "fakes/producer_session_fixture.hpp"

namespace cs {
namespace {

using test::FakeProducer;

using ProducerLimits = test::ProducerSessionFixture;

TEST_F(ProducerLimits, FramesThatComeTooFastAreReleasedUnused) {
  greet(1, 2);
  session.set_demand(true, 30);
  read();
  for (const std::uint32_t slot : {0U, 1U, 2U, 0U}) {
    producer.fill(slot, static_cast<unsigned char>(100 * slot));
    producer.frame(0, slot);
    read(std::chrono::milliseconds(3));
  }
  for (const std::uint32_t slot : {0U, 1U, 2U})
    EXPECT_EQ(producer.receive(FakeProducer::kRelease).at<std::uint32_t>(12), slot);
  EXPECT_EQ(metric("producer_frames_total"), 2) << "one may come early";
  EXPECT_EQ(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "newer-frame"}}).value(), 1);
  EXPECT_NEAR(shown_luma(), 16 + 100 * 219 / 255, 1);
  read(std::chrono::milliseconds(40));
  EXPECT_EQ(producer.receive(FakeProducer::kRelease).at<std::uint32_t>(12), 0U);
  EXPECT_EQ(shown_luma(), 16);
}

TEST_F(ProducerLimits, TheLastFrameOfAProducerThatEndsIsShown) {
  greet(1, 2);
  for (const std::uint32_t slot : {0U, 1U, 2U}) {
    producer.fill(slot, slot == 2 ? 255 : 0);
    producer.frame(0, slot);
    read(std::chrono::milliseconds(1));
  }
  EXPECT_EQ(shown_luma(), 16);
  producer.close();
  EXPECT_EQ(session.read(now), "it ended");
  EXPECT_EQ(shown_luma(), 235);
}

TEST_F(ProducerLimits, WishesWithoutPauseAreAnsweredByTheLastOne) {
  greet();
  for (std::uint32_t i = 0; i < 40; ++i) producer.wish(320 + 2 * i, 180);
  read(std::chrono::milliseconds(0));
  while (producer.generation < 8) producer.receive(FakeProducer::kBuffers);
  EXPECT_EQ(producer.width, 320U + 2 * 6) << "the seventh wish: HELLO counts too";
  read(std::chrono::seconds(5));
  producer.receive(FakeProducer::kBuffers);
  EXPECT_EQ(producer.generation, 9U);
  EXPECT_EQ(producer.width, 320U + 2 * 39);
}

TEST_F(ProducerLimits, LargeMemoryIsAllocatedSlowly) {
  greet();
  for (std::uint32_t i = 0; i < 10; ++i) producer.wish(3840, 2160 - 2 * i);  // 100 MB each
  read(std::chrono::milliseconds(0));
  while (producer.generation < 5) producer.receive(FakeProducer::kBuffers);
  EXPECT_EQ(producer.height, 2160U - 2 * 3) << "the fourth wish";
  read(std::chrono::milliseconds(900));
  std::byte peeked{};
  EXPECT_LT(recv(producer.fd(), &peeked, 1, MSG_PEEK | MSG_DONTWAIT), 0) << "80 MB a second";
  read(std::chrono::milliseconds(200));
  producer.receive(FakeProducer::kBuffers);
  EXPECT_EQ(producer.generation, 6U);
  EXPECT_EQ(producer.height, 2160U - 2 * 9) << "the last wish";
}

TEST_F(ProducerLimits, AProducerCannotCollectMemory) {
  const auto pages = [](const std::vector<Fd>& memory) {
    std::int64_t blocks = 0;
    for (const Fd& fd : memory) {
      struct stat found {};
      EXPECT_EQ(fstat(fd.get(), &found), 0);
      EXPECT_GE(found.st_size, 320 * 180 * 4);
      blocks += found.st_blocks;
    }
    return blocks;
  };
  greet();
  const auto wish = [&](std::uint32_t width) {
    std::vector<Fd> old = std::move(producer.memory);
    producer.wish(width, 180);
    read();
    producer.receive(FakeProducer::kBuffers);
    return old;
  };
  const auto first = wish(400);
  EXPECT_EQ(pages(first), 0);
  EXPECT_GT(pages(producer.memory), 0);
  const auto second = wish(500);
  EXPECT_EQ(pages(second), 0);
}

TEST_F(ProducerLimits, TextsOfTheProducerAreOneBoundedLineOfUtf8) {
  producer.hello(0, 0, 1, 1, 0,
                 "a\xff\nb\xe2\x80\xae"
                 "c");
  read();
  EXPECT_THAT(session.name(), testing::StrEq("a\xef\xbf\xbd b c"));
  std::string text(250, '\xff');
  text += "<b>";
  producer.status(101, text);
  read();
  EXPECT_EQ(session.status().size(), 255U) << "85 replacement characters, none of them in part";
}

}  // namespace
}  // namespace cs
