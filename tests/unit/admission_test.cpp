// SPDX-License-Identifier: MIT
#include "session/admission.hpp"

#include <gtest/gtest.h>

#include "base/token_bucket.hpp"
#include "rtp/peer_liveness.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

using Decision = Admission::Decision;

TEST(Admission, IsFullWhenAllSlotsAreTaken) {
  Admission admission(2);
  admission.begin("a");
  admission.connected("a");
  EXPECT_EQ(admission.ask("b"), Decision::admitted);
  admission.begin("b");
  EXPECT_EQ(admission.ask("c"), Decision::full) << "a pending session also uses a slot";
  admission.end("b", false);
  EXPECT_EQ(admission.ask("c"), Decision::admitted);
  admission.end("a", true);
  EXPECT_EQ(admission.viewers(), 0);
}

TEST(Admission, PendingSessionsOfOneAddressUseAtMostHalfOfTheSlots) {
  Admission admission(16);
  for (int i = 0; i < 8; ++i) {
    EXPECT_EQ(admission.ask("a"), Decision::admitted);
    admission.begin("a");
  }
  EXPECT_EQ(admission.ask("a"), Decision::too_many_pending);
  EXPECT_EQ(admission.ask("b"), Decision::admitted);
  admission.connected("a");
  EXPECT_EQ(admission.ask("a"), Decision::admitted) << "a connected session is no longer pending";
  admission.end("a", true);
  admission.end("a", false);
  EXPECT_EQ(admission.viewers(), 6);
}

TEST(Admission, AtMost128SessionsArePendingInTotal) {
  Admission admission(1000);
  int begun = 0;
  for (int address = 0; address < 100; ++address)
    while (admission.ask(std::to_string(address)) == Decision::admitted) {
      admission.begin(std::to_string(address));
      ++begun;
    }
  EXPECT_EQ(begun, 128);
}

TEST(Admission, PendingSessionIsReplaceableAtOnceIfItsAddressHasMoreAndOtherwiseAfterTwoSeconds) {
  Admission admission(16);
  for (int i = 0; i < 8; ++i) admission.begin("crowd");
  admission.begin("one");
  EXPECT_TRUE(admission.is_crowded("crowd"));
  EXPECT_FALSE(admission.is_crowded("one"));
  EXPECT_TRUE(admission.gives_way("crowd", 0s, "new"));
  EXPECT_FALSE(admission.gives_way("crowd", 1s, "crowd"));
  EXPECT_TRUE(admission.gives_way("crowd", 2s, "crowd"));
  EXPECT_FALSE(admission.gives_way("one", 1s, "new")) << "two simultaneous sessions do not replace each other";
  EXPECT_TRUE(admission.gives_way("one", 2s, "new"));
}

TEST(Admission, OneViewerFitsIfTheLimitIsOne) {
  Admission admission(1);
  EXPECT_EQ(admission.ask("a"), Decision::admitted);
  admission.begin("a");
  EXPECT_EQ(admission.ask("a"), Decision::full);
}

TEST(Descriptors, ShortageIsReportedWithTheRemedy) {
  EXPECT_EQ(descriptor_shortage(16, 128, 1024), "");
  const std::string words = descriptor_shortage(100, 128, 1024);
  EXPECT_EQ(
      words.find("CS_MAX_VIEWERS=100 needs 1328 file descriptors, but this process may have only 1024, enough for "
                 "about 74 viewers"),
      0U)
      << words;
  EXPECT_NE(descriptor_shortage(1, 128, 64).find("about 0 viewers"), std::string::npos);
}

TEST(PeerLiveness, EndsAfterSilenceAndSoonerAfterADtlsAlert) {
  constexpr std::uint8_t rtcp = 200;
  constexpr std::uint8_t dtls_alert = 21;
  const TimePoint start = Clock::now();
  PeerLiveness liveness;
  liveness.tick(rtcp, start);
  EXPECT_EQ(liveness.judge(start + 8s, 8s), PeerLiveness::Life::alive);
  EXPECT_EQ(liveness.judge(start + 9s, 8s), PeerLiveness::Life::vanished);
  liveness.tick(dtls_alert, start + 1s);
  EXPECT_EQ(liveness.judge(start + 1s, 8s), PeerLiveness::Life::alive);
  EXPECT_EQ(liveness.judge(start + 3s, 8s), PeerLiveness::Life::closed);
  liveness.tick(rtcp, start + 2s);
  EXPECT_EQ(liveness.judge(start + 5s, 8s), PeerLiveness::Life::alive)
      << "a packet after the alert means that the alert was forged";
}

constexpr TimePoint kStart = TimePoint{} + 1h;

TEST(TokenBucket, AllowsABurstAndThenTheConfiguredRate) {
  TokenBucket budget(3, 2s);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(kStart));
  EXPECT_FALSE(budget.take(kStart));
  EXPECT_FALSE(budget.take(kStart + 1999ms));
  EXPECT_TRUE(budget.take(kStart + 2s));
  EXPECT_FALSE(budget.take(kStart + 3s));
  EXPECT_TRUE(budget.take(kStart + 4s));
}

TEST(TokenBucket, LimitsAFloodToTheConfiguredRate) {
  TokenBucket budget(3, 2s);
  int granted = 0;
  for (auto at = 0ms; at < 60s; at += 1ms) granted += budget.take(kStart + at) ? 1 : 0;
  EXPECT_EQ(granted, 3 + 29);
}

TEST(TokenBucket, RefillsToItsCapacityAndNotBeyond) {
  TokenBucket budget(3, 2s);
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(kStart));
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(budget.take(kStart + 1h));
  EXPECT_FALSE(budget.take(kStart + 1h));
}

TEST(Admission, ANetworkMaySendABurstOfOffersAndThenOneEvery100Ms) {
  Admission admission(16);
  const TimePoint start = TimePoint(std::chrono::hours(1000));
  int granted = 0;
  while (granted < 1000 && admission.may_offer("192.0.2.1", start)) ++granted;
  EXPECT_EQ(granted, 32);
  EXPECT_TRUE(admission.may_offer("192.0.2.2", start)) << "other networks are not affected";
  EXPECT_FALSE(admission.may_offer("192.0.2.1", start + std::chrono::milliseconds(99)));
  EXPECT_TRUE(admission.may_offer("192.0.2.1", start + std::chrono::milliseconds(100)));
  EXPECT_FALSE(admission.may_offer("192.0.2.1", start + std::chrono::milliseconds(100)));
  for (int i = 0; i < 1000; ++i) EXPECT_TRUE(admission.may_offer("", start)) << "this machine is not limited";
}

TEST(Admission, NetworksBeyondTheTableSizeShareOneLimit) {
  Admission admission(16);
  const TimePoint start = TimePoint(std::chrono::hours(1000));
  int granted = 0;
  for (int i = 0; i < 3000; ++i) granted += admission.may_offer("network " + std::to_string(i), start) ? 1 : 0;
  EXPECT_EQ(granted, 1024 + 32);
  EXPECT_TRUE(admission.may_offer("new", start + std::chrono::seconds(1))) << "full buckets are removed by then";
}

}  // namespace
}  // namespace cs
