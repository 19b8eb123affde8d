// SPDX-License-Identifier: MIT
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "base/thread_role.hpp"
#include "cubestream/demand.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/stream_encoder.hpp"
#include "fanout/fan_out.hpp"
#include "gst/gstreamer.hpp"
#include "loop/inbox.hpp"
#include "loop/loop.hpp"
#include "session/viewers.hpp"
#include "webrtc/needed_elements.hpp"

namespace cs {

/// Initializes GStreamer, once per process. The calling thread becomes the main thread.
inline void start_gstreamer() {
  enter_thread(ThreadRole::main);

  static const GStreamer gstreamer(viewer_elements());
}

/// The frame clock of a FakeRenderer.
struct FramePace {
  std::chrono::milliseconds pause;  ///< real time between two frames
  /// Minimum time between two time stamps. If it is longer than `pause`, time stamps run ahead of real time.
  std::chrono::milliseconds step{0};
};
/// 30 frames per second, as from a real renderer. For tests with a peer: its jitter buffer and keyframe requests use
/// real time.
inline constexpr FramePace kRealTimePace = {.pause = std::chrono::milliseconds(33)};
/// For tests that wait for an amount of media time: 25 frames per second by their time stamps, but produced faster.
inline constexpr FramePace kAheadOfTimePace = {.pause = std::chrono::milliseconds(4),
                                               .step = std::chrono::milliseconds(40)};

/// Replaces the renderer: produces grey frames while there is demand.
class FakeRenderer {
 public:
  FakeRenderer(FrameSink& sink, Demand& demand, FramePace pace)
      : thread_([this, &sink, &demand, pace](const std::stop_token& stop) { run(stop, sink, demand, pace); }) {}

  /// The following frames have this size. Any thread.
  void resize(Size size) { size_ = size; }

 private:
  void run(const std::stop_token& stop, FrameSink& sink, Demand& demand, FramePace pace) {
    TimePoint captured_at = Clock::now();
    Size size = size_;
    for (int shade = 0; demand.wait_until_live(stop, std::chrono::hours(1)); ++shade) {
      if (size != size_) sink.resize(size = size_);
      if (auto memory = sink.acquire()) {
        std::ranges::fill(memory->pixels(), static_cast<std::byte>(shade));
        captured_at = std::max(Clock::now(), captured_at + pace.step);
        sink.push({.memory = std::move(memory), .captured_at = captured_at});
      }
      std::this_thread::sleep_for(pace.pause);
    }
  }
  std::atomic<Size> size_ = Size{320, 240};
  std::jthread thread_;
};

/// The objects from the encoders to the viewers, connected as in main.cpp. The test replaces the HTTP server.
struct Line {
  /// The objects of one codec.
  struct Part {
    Part(Codec codec, Line& line)
        : stream{.codec = codec, .format = {.size = {320, 240}, .fps = 30}, .bitrate_kbps = 800},
          fan_out(demand, line.metrics),
          encoder({.stream = stream, .candidates = candidate_encoders("auto", stream)}, demand,
                  {.on_unit = [this](const AccessUnit& unit) { fan_out.publish(unit); },
                   .on_failed = [this](const std::string& why) { fan_out.end(why); }},
                  line.pictures, line.loop, line.metrics) {}
    const Stream stream;
    Demand demand;
    FanOut fan_out;
    StreamEncoder encoder;
  };

  explicit Line(Viewers::Config config = {}, FramePace pace = kRealTimePace)
      : viewers(std::move(config), channels, to_clients, loop, metrics), renderer(pictures, demand, pace) {}

  /// Runs the loop until `done()` is true, checked after each iteration. Fails after 30 seconds.
  void run_until(const std::function<bool()>& done, const char* what) {
    bool timed_out = false;
    const Timer tick(std::chrono::milliseconds(2), Timer::Repeat::forever, [] {});  // for changes that wake no loop
    const Timer timeout(std::chrono::seconds(30), Timer::Repeat::once, [&] { timed_out = true; });
    while (!done() && !timed_out) g_main_context_iteration(nullptr, TRUE);
    ASSERT_TRUE(done()) << "timeout while waiting for: " << what;
  }

  [[nodiscard]] std::int64_t metric(const char* name) { return metrics.total(name); }
  [[nodiscard]] std::int64_t metric(const char* name, const Labels& labels) {
    return metrics.get(name, labels).value();
  }

  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  FrameDistributor pictures{2, demand, metrics};
  Part h264{Codec::h264, *this};
  Part vp8{Codec::vp8, *this};
  const std::vector<Channel> channels = {{h264.stream, &h264.fan_out}, {vp8.stream, &vp8.fan_out}};
  Inbox<ServerEvent> to_clients{256, 16, metrics.get("queue_refusals_total", {{"queue", "server-events"}})};
  Viewers viewers;
  FakeRenderer renderer;
};

/// Number of threads ("task") or file descriptors ("fd") of this process.
inline std::ptrdiff_t count_in_proc(const char* kind) {
  const std::filesystem::directory_iterator entries(std::string("/proc/self/") + kind);
  return std::distance(begin(entries), end(entries));
}

}  // namespace cs
