// SPDX-License-Identifier: MIT
#include "session/departures.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <memory>

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint(1000h);

struct Departing {
  explicit Departing(bool& closed, int& alive) : closed_(closed), alive_(alive) { ++alive_; }
  ~Departing() { --alive_; }
  Departing(const Departing&) = delete;
  Departing& operator=(const Departing&) = delete;
  [[nodiscard]] bool is_closed() const { return closed_; }

 private:
  bool& closed_;
  int& alive_;
};

TEST(Departures, ObjectsAreDestroyedWhenClosedOrAtTheTimeLimit) {
  Metrics metrics;
  Metric& waiting = metrics.get("waiting");
  Metric& late = metrics.get("late");
  int alive = 0;
  bool closed = false;
  bool never = false;
  {
    Departures<Departing> departures(10s, waiting, late);
    departures.add(std::make_unique<Departing>(closed, alive), kStart);
    departures.add(std::make_unique<Departing>(never, alive), kStart + 1s);
    EXPECT_EQ(departures.sweep(kStart + 2s), 0U);
    EXPECT_EQ(waiting.value(), 2);
    closed = true;
    EXPECT_EQ(departures.sweep(kStart + 2s), 0U);
    EXPECT_EQ(departures.size(), 1U);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(departures.sweep(kStart + 10999ms), 0U);
    EXPECT_EQ(alive, 1);
    EXPECT_EQ(departures.sweep(kStart + 11s), 1U);
    EXPECT_EQ(alive, 0);
    EXPECT_EQ(waiting.value(), 0);
    EXPECT_EQ(late.value(), 1);
    departures.add(std::make_unique<Departing>(never, alive), kStart);
  }
  EXPECT_EQ(waiting.value(), 0);
  EXPECT_EQ(alive, 0);
}

}  // namespace
}  // namespace cs
