// SPDX-License-Identifier: MIT
#include "observability/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

/// A service that is well, at a moment of its own.
struct Service {
  Service() {
    metrics.get("gl_context_up").add();
    for (const char* name : {"render", "main", "net"}) metrics.heartbeat(Heartbeat::Kind::thread, name).tick(now);
  }
  [[nodiscard]] std::string why(Clock::duration later, int fps = 30) const {
    return unready_because(metrics, {.size = {}, .fps = fps}, now + later);
  }
  const TimePoint now = Clock::now();
  Metrics metrics;
};

TEST(Health, AServiceThatIsWellIsReady) {
  Service service;
  service.metrics.get("encoder_gave_up", {{"codec", "H264"}}).add(0);
  EXPECT_EQ(service.why(0s), "");
  EXPECT_EQ(service.why(5s), "") << "threads may nap";
}

TEST(Health, BeforeItDrawsItIsNotReady) {
  const Metrics metrics;
  EXPECT_THAT(unready_because(metrics, {}), HasSubstr("no GL context"));
}

TEST(Health, ALostGlContextIsToldUntilThereIsANewOne) {
  Service service;
  service.metrics.get("gl_context_up").add(-1);
  EXPECT_THAT(service.why(0s), HasSubstr("no GL context"));
  service.metrics.get("gl_context_up").add();
  EXPECT_EQ(service.why(0s), "");
}

TEST(Health, WhoWatchesMustGetAPictureASecond) {
  Service service;
  Heartbeat& pictures = service.metrics.heartbeat(Heartbeat::Kind::frames, "VP8");
  EXPECT_EQ(service.why(3s), "") << "nobody watches";
  pictures.tick(service.now);
  EXPECT_EQ(service.why(1s), "");
  EXPECT_EQ(service.why(1100ms), "no picture was made as VP8 for 1.1 s, though it is wanted");
  pictures.tick_if_due(service.now + 1100ms);
  EXPECT_EQ(service.why(1100ms), "");
  pictures.rest();
  pictures.tick_if_due(service.now);  // one that was still on its way
  EXPECT_EQ(service.why(4s), "");
}

TEST(Health, SlowPicturesMayTakeTwoFrameTimes) {
  Service service;
  service.metrics.heartbeat(Heartbeat::Kind::frames, "H264").tick(service.now);
  EXPECT_EQ(service.why(2s, 1), "");
  EXPECT_NE(service.why(2001ms, 1), "");
}

TEST(Health, AThreadThatStandsStillIsNamed) {
  for (const char* name : {"render", "main"}) {
    Service service;
    service.metrics.heartbeat(Heartbeat::Kind::thread, "render").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, "main").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, "net").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, name).tick(service.now);
    EXPECT_EQ(service.why(6s), "the " + std::string(name) + " thread has stood still for 6.0 s");
  }
}

TEST(Health, AnEncoderThatGaveUpIsNamed) {
  Service service;
  service.metrics.get("encoder_gave_up", {{"codec", "H264"}}).add(0);
  service.metrics.get("encoder_gave_up", {{"codec", "VP8"}}).add();
  EXPECT_THAT(service.why(0s), HasSubstr("no encoder of VP8 works"));
}

}  // namespace
}  // namespace cs
