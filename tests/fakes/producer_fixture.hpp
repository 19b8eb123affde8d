// SPDX-License-Identifier: MIT
// A session with a producer of the test.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <cstdint>
#include <string>
#include <utility>

#include "fakes/fake_producer.hpp"
#include "fakes/memory_sink.hpp"
#include "source/producer_session.hpp"

namespace cs::test {

class ProducerFixture : public testing::Test {
 protected:
  ProducerFixture() : ProducerFixture(connected()) {}

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
    EXPECT_THAT(producer.receive(FakeProducer::kError).text(), testing::HasSubstr(why));
  }
  int shown_luma() {
    picture.deliver(false, Clock::now());
    return sink.luma(0, 0);
  }
  std::int64_t metric(const char* name) { return metrics.total(name); }

  static constexpr Size size{320, 180};
  TimePoint now = Clock::now();
  Metrics metrics;
  MemorySink sink{size};
  LatestPicture picture{size, sink};
  ProducerSession session;
  FakeProducer producer;

 private:
  static std::pair<Fd, Fd> connected() {
    std::array<int, 2> ends{};
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()), 0);
    return {Fd(ends[0]), Fd(ends[1])};
  }
  explicit ProducerFixture(std::pair<Fd, Fd> ends)
      : session(ProducerConnection(std::move(ends.first)), {.size = size, .started_at = Clock::now()}, picture,
                metrics),
        producer(std::move(ends.second)) {}
};

}  // namespace cs::test
