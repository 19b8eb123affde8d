// SPDX-License-Identifier: MIT
// What it costs to time the stages: prints the nanoseconds of reading the clock and of adding to a histogram, and what
// that is of a core for a picture's way to one viewer, at 60 pictures a second.
#include <cstdio>

#include "base/histogram.hpp"
#include "cubestream/clock.hpp"

namespace cs::bench {
namespace {

constexpr int kRounds = 10'000'000;
constexpr int kPicturesPerSecond = 60;
constexpr int kStages = 9;   // of /api/status
constexpr int kClocks = 15;  // what render, encode and viewer read for them; some would be read anyway

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
  const double picture = kClocks * clock + kStages * add;
  std::printf("clock %.0f ns, histogram %.0f ns; %.2f us a picture, %.4f %% of a core at %d a second\n", clock, add,
              picture / 1000, picture * kPicturesPerSecond / 1e9 * 100, kPicturesPerSecond);
}

}  // namespace
}  // namespace cs::bench

int main() {
  cs::bench::measure();
}
