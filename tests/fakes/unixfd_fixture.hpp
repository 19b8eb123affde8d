// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "fakes/fake_unixfdsink.hpp"
#include "fakes/memory_sink.hpp"
#include "unixfd/unixfd_session.hpp"

namespace cs::test {

inline std::pair<Fd, Fd> connected_stream() {
  std::array<int, 2> ends{};
  EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()), 0);
  return {Fd(ends[0]), Fd(ends[1])};
}

/// A session with a stand-in for unixfdsink, at a size of 320x180, with viewers.
class UnixFdFixture : public testing::Test {
 protected:
  static constexpr std::size_t kI420 = 320 * 180 * 3 / 2;  ///< bytes of a frame

  UnixFdFixture() : UnixFdFixture(connected_stream()) { session.set_demand(true, 30); }

  /// Reads what was sent, a second after the last time, which must be accepted.
  void read() { EXPECT_EQ(session.read(later()), ""); }
  TimePoint later() { return now += std::chrono::seconds(1); }
  void expect_end(const std::string& why) { EXPECT_THAT(session.read(later()), testing::HasSubstr(why)); }
  /// Sends a frame that must be refused, but not end the session.
  void expect_broken(const std::string& payload, const std::vector<int>& descriptors, const std::string& why) {
    const auto before = dropped("broken-frame");
    sink.send(FakeUnixFdSink::kNewBuffer, payload, descriptors);
    read();
    EXPECT_EQ(sink.released(), 7U);
    EXPECT_THAT(session.status(), testing::HasSubstr(why));
    EXPECT_EQ(dropped("broken-frame"), before + 1);
  }
  int shown_luma() {
    picture.deliver(false, Clock::now());
    return out.luma(0, 0);
  }
  std::int64_t dropped(const char* reason) {
    return metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", reason}}).value();
  }

  Metrics metrics;
  MemorySink out{Size{320, 180}};
  LatestPicture picture{Size{320, 180}, out, metrics};
  UnixFdSession session;
  FakeUnixFdSink sink;
  TimePoint now = Clock::now();

 private:
  explicit UnixFdFixture(std::pair<Fd, Fd> ends)
      : session(std::move(ends.first), picture, metrics), sink(std::move(ends.second)) {}
};

}  // namespace cs::test
