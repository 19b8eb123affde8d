// SPDX-License-Identifier: MIT
#include "access/failure_limit.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <string>

using namespace std::chrono_literals;

namespace cs {
namespace {

const TimePoint kStart = TimePoint{} + 1h;

void fail(FailureLimit& limit, const std::string& address, int times, TimePoint now = kStart) {
  for (int i = 0; i < times; ++i) EXPECT_TRUE(limit.note_failure(address, now));
}

TEST(FailureLimit, AllowsABurstAndThenOneFailurePerInterval) {
  FailureLimit limit({.at_once = 3, .one_each = 10s});
  EXPECT_EQ(limit.wait("192.0.2.1", kStart), 0s);
  fail(limit, "192.0.2.1", 2);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart), 0s);
  fail(limit, "192.0.2.1", 1);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart), 10s);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart + 9s), 1s);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart + 10s), 0s);
  fail(limit, "192.0.2.1", 1, kStart + 10s);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart + 10s), 10s);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart + 1h), 0s);
  fail(limit, "192.0.2.1", 2, kStart + 1h);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart + 1h), 0s) << "the allowance is back to one burst, no more and no less";
}

TEST(FailureLimit, AddressesHaveSeparateAllowances) {
  FailureLimit limit({.at_once = 1, .one_each = 10s});
  fail(limit, "192.0.2.1", 1);
  EXPECT_GT(limit.wait("192.0.2.1", kStart), 0s);
  EXPECT_EQ(limit.wait("192.0.2.2", kStart), 0s);
  EXPECT_EQ(limit.wait("::1", kStart), 0s);
}

TEST(FailureLimit, AnIpv6NetworkHasOneAllowance) {
  FailureLimit limit({.at_once = 1, .one_each = 10s});
  fail(limit, "2001:db8:1:2::1", 1);
  EXPECT_GT(limit.wait("2001:db8:1:2:ffff:1:2:3", kStart), 0s);
  EXPECT_EQ(limit.wait("2001:db8:1:3::1", kStart), 0s);
  fail(limit, "fe80::1%eth0", 1);
  EXPECT_GT(limit.wait("fe80::2%eth1", kStart), 0s);
  EXPECT_EQ(limit.addresses(), 2U);
}

TEST(FailureLimit, AddressesBeyondTheLimitShareOneAllowance) {
  FailureLimit limit({.at_once = 2, .one_each = 10s, .max_addresses = 2});
  fail(limit, "192.0.2.1", 1);
  fail(limit, "192.0.2.2", 1);
  EXPECT_FALSE(limit.note_failure("192.0.2.3", kStart));
  EXPECT_EQ(limit.wait("192.0.2.4", kStart), 0s);
  EXPECT_FALSE(limit.note_failure("192.0.2.4", kStart));
  EXPECT_EQ(limit.wait("192.0.2.5", kStart), 10s);
  EXPECT_EQ(limit.wait("192.0.2.1", kStart), 0s) << "a stored address has its own allowance";
  EXPECT_EQ(limit.addresses(), 2U);
  EXPECT_TRUE(limit.note_failure("192.0.2.6", kStart + 10s)) << "expired addresses are removed";
  EXPECT_EQ(limit.addresses(), 1U);
}

TEST(FailureLimit, StoresABoundedNumberOfAddresses) {
  FailureLimit limit;
  for (int i = 0; i < 5000; ++i) static_cast<void>(limit.note_failure("192.0.2." + std::to_string(i), kStart));
  EXPECT_EQ(limit.addresses(), 1024U);
}

}  // namespace
}  // namespace cs
