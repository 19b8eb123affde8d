// SPDX-License-Identifier: MIT
#include "observability/health.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

/// A healthy service at a fixed time.
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

TEST(Health, HealthyServiceIsReady) {
  Service service;
  service.metrics.get("encoder_gave_up", {{"codec", "H264"}}).add(0);
  EXPECT_EQ(service.why(0s), "");
  EXPECT_EQ(service.why(5s), "") << "short pauses of threads are allowed";
}

TEST(Health, ServiceWithoutAGlContextIsNotReady) {
  const Metrics metrics;
  EXPECT_THAT(unready_because(metrics, {}), HasSubstr("no GL context"));
}

TEST(Health, LostGlContextIsReportedUntilItIsRestored) {
  Service service;
  service.metrics.get("gl_context_up").add(-1);
  EXPECT_THAT(service.why(0s), HasSubstr("no GL context"));
  service.metrics.get("gl_context_up").add();
  EXPECT_EQ(service.why(0s), "");
}

TEST(Health, FramesOfAnotherProgramNeedNoGlContext) {
  Metrics metrics;
  metrics.state("scene", "external");
  EXPECT_EQ(unready_because(metrics, {}), "");
}

TEST(Health, MissingProducerIsReportedUntilItIsThere) {
  Service service;
  service.metrics.state("producer", "waiting for the program that draws");
  EXPECT_EQ(service.why(0s), "waiting for the program that draws");
  service.metrics.state("producer", "");
  EXPECT_EQ(service.why(0s), "");
}

TEST(Health, FrameIsExpectedOnceASecondWhileOneIsNeeded) {
  Service service;
  Heartbeat& frames = service.metrics.heartbeat(Heartbeat::Kind::frames, "VP8");
  EXPECT_EQ(service.why(3s), "") << "no viewers";
  frames.tick(service.now);
  EXPECT_EQ(service.why(1s), "");
  EXPECT_EQ(service.why(1100ms), "codec VP8: no frame encoded for 1.1 s although one is needed");
  frames.tick_if_due(service.now + 1100ms);
  EXPECT_EQ(service.why(1100ms), "");
  frames.rest();
  frames.tick_if_due(service.now);  // a frame still in the encoder
  EXPECT_EQ(service.why(4s), "");
}

TEST(Health, LowFrameRateAllowsTwoFrameTimes) {
  Service service;
  service.metrics.heartbeat(Heartbeat::Kind::frames, "H264").tick(service.now);
  EXPECT_EQ(service.why(2s, 1), "");
  EXPECT_NE(service.why(2001ms, 1), "");
}

TEST(Health, StalledThreadIsNamed) {
  for (const char* name : {"render", "main"}) {
    Service service;
    service.metrics.heartbeat(Heartbeat::Kind::thread, "render").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, "main").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, "net").tick(service.now + 6s);
    service.metrics.heartbeat(Heartbeat::Kind::thread, name).tick(service.now);
    EXPECT_EQ(service.why(6s), "thread " + std::string(name) + ": no progress for 6.0 s");
  }
}

TEST(Health, FailedCodecIsNamed) {
  Service service;
  service.metrics.get("encoder_gave_up", {{"codec", "H264"}}).add(0);
  service.metrics.get("encoder_gave_up", {{"codec", "VP8"}}).add();
  EXPECT_THAT(service.why(0s), HasSubstr("codec VP8: no encoder works"));
}

}  // namespace
}  // namespace cs
