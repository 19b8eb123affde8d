// SPDX-License-Identifier: MIT
#include "tls/deadlines.hpp"

#include <gtest/gtest.h>

#include <chrono>

using namespace std::chrono_literals;

namespace cs {
namespace {

TEST(Deadlines, ExpireInTheOrderInWhichTheyStarted) {
  Deadlines deadlines(10s);
  const TimePoint start{};
  EXPECT_FALSE(deadlines.next());
  for (const std::uint64_t number : {1U, 2U, 3U}) deadlines.begin(number, start + std::chrono::seconds(number));
  deadlines.begin(1, start + 4s);
  deadlines.end(3);
  deadlines.end(3);
  EXPECT_EQ(deadlines.next(), start + 12s);
  EXPECT_FALSE(deadlines.late(start + 11s));
  EXPECT_EQ(deadlines.late(start + 14s), 2U);
  EXPECT_FALSE(deadlines.holds(2));
  EXPECT_EQ(deadlines.late(start + 14s), 1U);
  EXPECT_FALSE(deadlines.late(start + 100s));
}

}  // namespace
}  // namespace cs
