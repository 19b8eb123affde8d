// SPDX-License-Identifier: MIT
// Measures the cost of timing the stages: prints the time to read the clock and to add to a histogram, in nanoseconds,
// and the resulting share of a core for one viewer at 60 frames per second.
#include <cstdio>

#include "base/histogram.hpp"
#include "cubestream/clock.hpp"

namespace cs::bench {
namespace {

constexpr int kRounds = 10'000'000;
constexpr int kFramesPerSecond = 60;
constexpr int kStages = 9;   // stages in /api/status
constexpr int kClocks = 15;  // clock reads in render, encode and viewer; some are needed anyway

template <typename Do>
double nanoseconds_each(Do&& once) {
  const TimePoint began = Clock::now();
  for (int i = 0; i < kRounds; ++i) once(i);
  return std::chrono::duration<double, std::nano>(Clock::now() - began).count() / kRounds;
}

void measure() {
  Histogram times;
  TimePoint latest;
  const double clock = nanoseconds_each([&](int) { latest = Clock::now(); });
  const double add = nanoseconds_each([&](int i) { times.add(std::chrono::nanoseconds(i)); });
  const double frame = kClocks * clock + kStages * add;
  std::printf("clock %.0f ns, histogram %.0f ns; %.2f us per frame, %.4f %% of a core at %d frames/s\n", clock, add,
              frame / 1000, frame * kFramesPerSecond / 1e9 * 100, kFramesPerSecond);
}

}  // namespace
}  // namespace cs::bench

int main() {
  cs::bench::measure();
}
