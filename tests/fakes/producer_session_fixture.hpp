// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <utility>

#include "fakes/fake_producer.hpp"
#include "fakes/memory_sink.hpp"
#include "source/producer_session.hpp"

namespace cs::test {

/// A connection: the end of the daemon and that of the producer.
inline std::pair<Fd, Fd> connected() {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

/// A session with a producer at its other end.
class ProducerSessionFixture : public testing::Test {
 protected:
  static constexpr Size kSize{320, 180};

  ProducerSessionFixture() : ProducerSessionFixture(connected()) {}

  /// Reads what was sent, which must be accepted, as if a second had passed.
  void read() { read(std::chrono::seconds(1)); }
  void read(Clock::duration later) { EXPECT_EQ(session.read(now += later), ""); }
  /// HELLO and the answer.
  void greet(std::uint32_t format = 1, std::uint32_t mode = 1, std::uint32_t flags = 0) {
    producer.hello(0, 0, format, mode, flags);
    read();
    producer.receive(FakeProducer::kBuffers);
    ASSERT_EQ(producer.slots.size(), 3U);
  }
  /// The reason why the session ends, and the sentence that the producer gets.
  void expect_end(const std::string& why) {
    EXPECT_THAT(session.read(Clock::now()), testing::HasSubstr(why));
    const auto error = producer.receive(FakeProducer::kError);
    EXPECT_THAT(error.text(), testing::HasSubstr(why));
    EXPECT_EQ(error.code(), 0U) << "a rule was broken";
  }
  int shown_luma() {
    picture.deliver(false, Clock::now());
    return sink.luma(0, 0);
  }
  std::int64_t metric(const char* name) { return metrics.total(name); }

  TimePoint now = Clock::now();
  Metrics metrics;
  MemorySink sink{kSize};
  LatestPicture picture{kSize, sink, metrics};
  SizeLimit sizes;
  InputSlot input{metrics};
  InputReports reports{metrics};
  ProducerSession session;
  FakeProducer producer;

 private:
  explicit ProducerSessionFixture(std::pair<Fd, Fd> ends)
      : session(ProducerConnection(std::move(ends.first)), {.size = kSize, .started_at = Clock::now()}, picture,
                ProducerInput(input, reports), sizes, metrics),
        producer(std::move(ends.second)) {}
};

}  // namespace cs::test
