// SPDX-License-Identifier: MIT
#include "service/vigil.hpp"

#include <gmock/gmock.h>

#include <chrono>

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace cs {
namespace {

TEST(Vigil, IsContentWithWhoBeatsAndWithWhoRests) {
  Vigil vigil(4s);
  const auto verdict = vigil.judge({{"render", 3900ms}, {"net", 0s}, {"encode H264", std::nullopt}});
  EXPECT_TRUE(verdict.all_well);
  EXPECT_THAT(verdict.errors, IsEmpty());
  EXPECT_THAT(verdict.notes, IsEmpty());
}

TEST(Vigil, NamesWhoStandsStillOnce) {
  Vigil vigil(4s);
  const auto first = vigil.judge({{"render", 1s}, {"encode H264", 4100ms}});
  EXPECT_FALSE(first.all_well);
  EXPECT_THAT(first.errors, ElementsAre("encode H264 stands still: nothing came of it for 4.1 s"));
  const auto second = vigil.judge({{"render", 1s}, {"encode H264", 4600ms}});
  EXPECT_FALSE(second.all_well);
  EXPECT_THAT(second.errors, IsEmpty());
}

TEST(Vigil, OneStillHeartAmongManyIsEnough) {
  Vigil vigil(4s);
  EXPECT_FALSE(vigil.judge({{"encode VP8", std::nullopt}, {"net", 5s}, {"render", 0s}}).all_well);
}

TEST(Vigil, SaysWhenItGoesOnAndComplainsAnew) {
  Vigil vigil(4s);
  EXPECT_FALSE(vigil.judge({{"net", 5s}}).all_well);
  const auto better = vigil.judge({{"net", 10ms}});
  EXPECT_TRUE(better.all_well);
  EXPECT_THAT(better.notes, ElementsAre("net goes on"));
  EXPECT_THAT(vigil.judge({{"net", 20ms}}).notes, IsEmpty());
  EXPECT_EQ(vigil.judge({{"net", 6s}}).errors.size(), 1u);
}

TEST(Vigil, WhoRestsAgainGoesOn) {
  Vigil vigil(4s);
  EXPECT_FALSE(vigil.judge({{"encode H264", 5s}}).all_well);
  const auto resting = vigil.judge({{"encode H264", std::nullopt}});
  EXPECT_TRUE(resting.all_well);
  EXPECT_THAT(resting.notes, ElementsAre("encode H264 goes on"));
}

}  // namespace
}  // namespace cs
