// SPDX-License-Identifier: MIT
#include "source/refused_producers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "fakes/fake_producer.hpp"

namespace cs {
namespace {

using test::FakeProducer;

class RefusedProducersTest : public testing::Test {
 protected:
  /// Connects a producer that is refused.
  std::unique_ptr<FakeProducer> refused() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    auto producer = std::make_unique<FakeProducer>(Fd(ends[1]));
    producers.refuse(ProducerConnection(Fd(ends[0])), "another program is connected", now);
    return producer;
  }
  [[nodiscard]] std::size_t open() const {
    const auto fds = producers.fds();
    return fds.size() - static_cast<std::size_t>(std::ranges::count(fds, -1));
  }
  static void expect_sentence_and_end(FakeProducer& producer) {
    const auto error = producer.receive();
    EXPECT_EQ(error.code(), 1U);
    EXPECT_EQ(error.text(), "another program is connected");
    EXPECT_TRUE(producer.receive().bytes.empty());
    EXPECT_EQ(errno, 0) << "the end, and no reset";
  }

  Metrics metrics;
  TimePoint now = Clock::now();
  RefusedProducers producers{make_log("source"), metrics};
};

TEST_F(RefusedProducersTest, StayConnectedUntilTheyHaveSentHello) {
  const auto producer = refused();
  producers.close_finished(now);
  EXPECT_EQ(open(), 1U);
  producer->hello();
  producer->hello();  // and more, which must not reset the connection
  producers.close_finished(now);
  EXPECT_EQ(open(), 0U);
  expect_sentence_and_end(*producer);
}

TEST_F(RefusedProducersTest, AreClosedIfTheySendNothing) {
  const auto producer = refused();
  now += std::chrono::milliseconds(999);
  producers.close_finished(now);
  EXPECT_EQ(open(), 1U);
  now += std::chrono::milliseconds(1);
  producers.close_finished(now);
  EXPECT_EQ(open(), 0U);
  EXPECT_FALSE(producer->try_send(FakeProducer::message(99, {})));
  expect_sentence_and_end(*producer);
}

TEST_F(RefusedProducersTest, AreBoundedAndCounted) {
  std::vector<std::unique_ptr<FakeProducer>> all;
  for (std::size_t i = 0; i < RefusedProducers::kMost + 2; ++i) all.push_back(refused());
  EXPECT_EQ(open(), RefusedProducers::kMost);
  EXPECT_EQ(metrics.total("producers_refused_total"), static_cast<std::int64_t>(all.size()));
  for (std::size_t i = 0; i < 2; ++i) expect_sentence_and_end(*all.at(i));
}

TEST_F(RefusedProducersTest, MayLeave) {
  refused()->close();
  producers.close_finished(now);
  EXPECT_EQ(open(), 0U);
}

}  // namespace
}  // namespace cs
