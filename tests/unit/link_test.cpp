// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <vector>

#include "net/command.hpp"
#include "net/one_way.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using TimePoint = OneWay::TimePoint;

const TimePoint kStart = TimePoint(1000h);
constexpr int kMany = 20'000;

/// A packet that contains its number.
OneWay::Packet packet(std::size_t size, int number = 0) {
  OneWay::Packet made(size);
  for (std::size_t i = 0; i < 4 && i < size; ++i) made[i] = static_cast<std::byte>(number >> (8 * i));
  return made;
}

struct Arrival {
  int number;
  TimePoint at;
};

std::vector<Arrival> all(OneWay& way) {
  std::vector<Arrival> arrivals;
  while (const auto due = way.next()) {
    const auto taken = way.take(*due).value();
    int number = 0;
    for (std::size_t i = 0; i < 4; ++i) number |= static_cast<int>(taken[i]) << (8 * i);
    arrivals.push_back({number, *due});
  }
  return arrivals;
}

/// Sends `count` packets of 100 bytes, one per millisecond.
std::vector<Arrival> stream(OneWay& way, int count = kMany) {
  for (int i = 0; i < count; ++i) way.put(kStart + i * 1ms, packet(100, i));
  return all(way);
}

std::vector<int> numbers(const std::vector<Arrival>& arrivals) {
  std::vector<int> result;
  for (const Arrival& arrival : arrivals) result.push_back(arrival.number);
  return result;
}

OneWay with(const LinkSettings& settings, std::uint64_t seed = 1) {
  OneWay way(seed);
  way.set(settings);
  return way;
}

TEST(OneWay, ForwardsPacketsUnchangedWithoutSettings) {
  OneWay way(1);
  way.put(kStart, packet(1000));
  EXPECT_EQ(way.next(), kStart);
  EXPECT_EQ(way.take(kStart)->size(), 1000U);
  EXPECT_FALSE(way.take(kStart));
  EXPECT_FALSE(way.next());
}

TEST(OneWay, APacketDoesNotArriveBeforeItsDelay) {
  OneWay way = with({.delay = 25ms});
  way.put(kStart, packet(100));
  EXPECT_FALSE(way.take(kStart + 25ms - 1ns));
  EXPECT_TRUE(way.take(kStart + 25ms));
}

TEST(OneWay, TheRateSpacesPackets) {
  OneWay way = with({.rate = 800'000, .queue_bytes = 100'000});
  for (int i = 0; i < 3; ++i) way.put(kStart, packet(1000, i));
  const auto arrivals = all(way);
  ASSERT_EQ(arrivals.size(), 3U);
  EXPECT_EQ(arrivals[0].at, kStart + 10ms);
  EXPECT_EQ(arrivals[1].at, kStart + 20ms);
  EXPECT_EQ(arrivals[2].at, kStart + 30ms);
}

TEST(OneWay, DropsPacketsWhenTheQueueIsFull) {
  OneWay way = with({.rate = 800'000, .queue_bytes = 3000});
  for (int i = 0; i < 10; ++i) way.put(kStart, packet(1000, i));
  EXPECT_EQ(way.counts().overflowed, 7U);
  EXPECT_THAT(numbers(all(way)), testing::ElementsAre(0, 1, 2));
  way.put(kStart + 1s, packet(1000));
  EXPECT_EQ(way.counts().overflowed, 7U) << "the queue is empty again";
}

TEST(OneWay, TheQueueCanBeLimitedByTime) {
  OneWay way = with({.rate = 800'000, .queue_time = 45ms});
  for (int i = 0; i < 10; ++i) way.put(kStart, packet(1000, i));
  EXPECT_THAT(numbers(all(way)), testing::ElementsAre(0, 1, 2, 3, 4));
}

TEST(OneWay, AnEmptyQueueAcceptsAnyPacket) {
  OneWay way = with({.rate = 800'000, .queue_bytes = 0});
  way.put(kStart, packet(1400));
  EXPECT_TRUE(way.next());
}

TEST(OneWay, JitterStaysWithinItsBoundAndKeepsTheOrder) {
  OneWay way = with({.delay = 50ms, .jitter = 30ms});
  const auto arrivals = stream(way);
  ASSERT_EQ(arrivals.size(), static_cast<std::size_t>(kMany));
  bool varies = false;
  for (int i = 0; i < kMany; ++i) {
    ASSERT_EQ(arrivals[static_cast<std::size_t>(i)].number, i);
    const auto delay = arrivals[static_cast<std::size_t>(i)].at - (kStart + i * 1ms);
    ASSERT_GE(delay, 20ms);
    ASSERT_LE(delay, 80ms);
    varies = varies || delay > 70ms;
  }
  EXPECT_TRUE(varies);
}

TEST(OneWay, LosesTheGivenShareAndTheSamePacketsForTheSameSeed) {
  const auto lossy = [](std::uint64_t seed) {
    OneWay way = with({.loss = 0.05}, seed);
    return numbers(stream(way));
  };
  const auto got = lossy(7);
  EXPECT_NEAR(1 - static_cast<double>(got.size()) / kMany, 0.05, 0.005);
  EXPECT_EQ(got, lossy(7));
  EXPECT_NE(got, lossy(8));
}

TEST(OneWay, LosesInBurstsOfTheGivenLength) {
  OneWay way = with({.loss = 0.1, .burst = 5});
  const auto got = numbers(stream(way));
  EXPECT_NEAR(1 - static_cast<double>(got.size()) / kMany, 0.1, 0.02);
  int bursts = 0;
  for (std::size_t i = 1; i < got.size(); ++i)
    if (got[i] != got[i - 1] + 1) ++bursts;
  EXPECT_NEAR(static_cast<double>(kMany - static_cast<int>(got.size())) / bursts, 5, 0.7);
}

TEST(OneWay, LosesAllPacketsIfTheLossIsOne) {
  OneWay way = with({.loss = 1, .burst = 5});
  EXPECT_TRUE(stream(way, 100).empty());
}

TEST(OneWay, HoldsBackTheGivenShareOfPackets) {
  OneWay way = with({.reorder = 0.05});
  const auto got = numbers(stream(way));
  ASSERT_EQ(got.size(), static_cast<std::size_t>(kMany));
  EXPECT_NEAR(static_cast<double>(way.counts().held_back) / kMany, 0.05, 0.005);
  int overtaken = 0;
  int highest = -1;
  for (const int number : got) {
    if (number < highest) ++overtaken;
    highest = std::max(highest, number);
  }
  EXPECT_NEAR(static_cast<double>(overtaken) / kMany, 0.05, 0.01);
}

TEST(OneWay, DropsAllPacketsDuringABlackoutAndNoneAfterIt) {
  OneWay way(1);
  way.black_out(kStart + 5s);
  const auto got = numbers(stream(way, 6000));
  ASSERT_EQ(got.size(), 1000U);
  EXPECT_EQ(got.front(), 5000);
  EXPECT_EQ(way.counts().blacked_out, 5000U);
}

TEST(LinkCommand, ASettingAppliesToOneDirectionOrBoth) {
  LinkSettings down;
  LinkSettings up;
  std::string why;
  EXPECT_TRUE(understand("down rate 1500000", down, up, why));
  EXPECT_TRUE(understand("loss 0.05", down, up, why));
  EXPECT_TRUE(understand("up delay 12.5", down, up, why));
  EXPECT_TRUE(understand("queue-ms 100", down, up, why));
  EXPECT_EQ(down.rate, 1.5e6);
  EXPECT_EQ(up.rate, 0);
  EXPECT_EQ(down.loss, 0.05);
  EXPECT_EQ(up.loss, 0.05);
  EXPECT_EQ(down.delay, 0ns);
  EXPECT_EQ(up.delay, 12'500us);
  EXPECT_EQ(up.queue_time, 100ms);
}

TEST(LinkCommand, ABlackoutHasADuration) {
  LinkSettings settings;
  std::string why;
  const auto command = understand("up blackout 5000", settings, settings, why);
  ASSERT_TRUE(command);
  EXPECT_EQ(command->what, LinkCommand::What::blackout);
  EXPECT_EQ(command->which, LinkCommand::Which::up);
  EXPECT_EQ(command->blackout, 5s);
}

TEST(LinkCommand, AnInvalidLineChangesNothingAndIsExplained) {
  for (const char* line : {"", "rate", "rate x", "rate -1", "loss 1.5", "speed 3", "rate 1 2", "up", "loss nan"}) {
    LinkSettings down;
    LinkSettings up;
    std::string why;
    EXPECT_FALSE(understand(line, down, up, why)) << line;
    EXPECT_FALSE(why.empty()) << line;
    EXPECT_EQ(down.rate, 0) << line;
    EXPECT_EQ(down.loss, 0) << line;
  }
}

}  // namespace
}  // namespace cs
