// SPDX-License-Identifier: MIT
#include "observability/health.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <string_view>

#include "cubestream/scene.hpp"

namespace cs {
namespace {

using namespace std::chrono_literals;

/// For threads, whose heartbeats tick once a second.
constexpr auto kMaxSilence = 5s;

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

/// What is wrong with a heartbeat; empty: nothing.
std::string complaint(const Metrics::NamedHeartbeat& heartbeat, Clock::duration silence, const FrameFormat& format) {
  const Clock::duration frame_time = std::chrono::nanoseconds(1s) / format.fps;
  const Clock::duration in_time = std::max<Clock::duration>(1s, 2 * frame_time);
  switch (heartbeat.kind) {
    case Heartbeat::Kind::frames:
      if (silence <= in_time) return "";
      return fmt::format("codec {}: no frame encoded for {:.1f} s although one is needed", heartbeat.name,
                         seconds(silence));
    case Heartbeat::Kind::encoder:
      return "";  // while frames are wanted, the case above reports the same sooner
    case Heartbeat::Kind::thread:
      break;
  }
  if (silence <= kMaxSilence) return "";
  return fmt::format("thread {}: no progress for {:.1f} s", heartbeat.name, seconds(silence));
}

}  // namespace

std::string unready_because(const Metrics& metrics, const FrameFormat& format, TimePoint now) {
  for (const Reading& reading : metrics.all())
    if (reading.name == "encoder_gave_up" && reading.value > 0)
      return fmt::format("codec {}: no encoder works; see the log", reading.labels.front().second);
  if (std::string why = metrics.fact("producer"); !why.empty()) return why;
  const bool draws = metrics.fact("scene") != kExternalScene;
  if (draws && metrics.total("gl_context_up") < 1) return "no GL context; the renderer is creating a new one";
  for (const auto& each : metrics.heartbeats())
    if (const auto silence = each.heartbeat->silence(now))
      if (std::string why = complaint(each, *silence, format); !why.empty()) return why;
  return "";
}

}  // namespace cs
