// SPDX-License-Identifier: MIT
// Viewers that fail, vanish, lose their signalling or leave at any time do not affect others and leak nothing.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "fakes/viewer_fixture.hpp"
#include "gst_faults.hpp"

namespace cs {
namespace {

class IsolationTest : public ViewerTest {};

TEST_F(IsolationTest, OrphanKeepsStreamingForItsGracePeriod) {
  line = std::make_unique<Line>(
      Viewers::Config{.grace = std::chrono::seconds(1), .look_every = std::chrono::milliseconds(100)});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  watch(3);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  EXPECT_EQ(line->metric("viewers_orphaned_total"), 1);
  EXPECT_EQ(line->metric("viewers"), 1);
  watch(2);
  line->run_until([&] { return line->metric("viewers") == 0; }, "the end of its grace period");
  EXPECT_THAT(closes, testing::IsEmpty()) << "the client has no connection to close";
}

TEST_F(IsolationTest, OrphanIsReplacedByANewViewer) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 1});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  watch(3);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  watch(3);
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  line->run_until([&] { return !answers.empty() && line->metric("viewers") == 1; }, "the new viewer's answer");
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(IsolationTest, OfferIsCheckedBeforeResources) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 1, .shortage = [] { return "must not be checked"; }});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{"no offer at all"}});
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "bad-sdp") << "not no-room";
}

TEST_F(IsolationTest, OrphanIsNotReplacedForAnInvalidOffer) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 1});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  watch(1);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{"no offer at all"}});
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "bad-sdp");
  EXPECT_EQ(line->metric("viewers"), 1);
  watch(2);
}

TEST_F(IsolationTest, OrphanIsNotReplacedWhenResourcesAreShort) {
  std::string shortage;
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 1, .shortage = [&] { return shortage; }});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  watch(1);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  shortage = "there is none";
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "too-many-viewers");
  EXPECT_EQ(line->metric("viewers"), 1);
  watch(2);
}

TEST_F(IsolationTest, UnconnectedViewerEndsWithItsSignalling) {
  join();
  offer(read_offer("chromium-156-recvonly-video"));
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  EXPECT_EQ(line->metric("viewers"), 0);
  EXPECT_EQ(line->metric("viewers_orphaned_total"), 0);
}

TEST_F(IsolationTest, SilentViewerIsRemovedWithAnError) {
  line = std::make_unique<Line>(
      Viewers::Config{.silence = std::chrono::milliseconds(0), .look_every = std::chrono::milliseconds(200)});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "vanished");
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "vanished"}}).value(), 1);
  EXPECT_EQ(line->metric("viewers"), 0);
}

TEST_F(IsolationTest, PendingSessionsOfOneAddressLeaveSlotsForOthers) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 4});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  for (ClientId id = 1; id <= 3; ++id) {
    line->viewers.on_event({id, ClientJoined{"192.0.2.1"}});
    line->viewers.on_event({id, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  }
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "too-many-pending");
  EXPECT_EQ(closes.at(0).code, 1013);
  EXPECT_EQ(line->metric("viewers"), 2);
  join();
  connect_peer();
  watch(1);
}

TEST_F(IsolationTest, ViewerIsRefusedWhenResourcesAreShortAndTheOthersKeepStreaming) {
  std::string shortage;
  line = std::make_unique<Line>(Viewers::Config{.shortage = [&] { return shortage; }});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  watch(2);
  shortage = "there is none";
  line->viewers.on_event({kClient + 1, ClientJoined{"192.0.2.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "no-room");
  EXPECT_EQ(closes.at(0).code, 1013);
  EXPECT_EQ(line->metrics.get("viewers_refused_total", {{"reason", "no-room"}}).value(), 1);
  watch(2);
  EXPECT_EQ(line->metric("viewers"), 1);
}

TEST_F(IsolationTest, ViewerWhosePipelineFailsGetsAnErrorAndTheOthersKeepStreaming) {
  join();
  connect_peer();
  watch(2);
  GstRegistry* registry = gst_registry_get();
  const auto webrtcbin = adopt(gst_registry_find_feature(registry, "webrtcbin", GST_TYPE_ELEMENT_FACTORY));
  gst_registry_remove_feature(registry, webrtcbin.get());
  const auto join_and_offer = [&](ClientId id) {
    line->viewers.on_event({id, ClientJoined{"192.0.2.1"}});
    line->viewers.on_event({id, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  };
  join_and_offer(kClient + 1);
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "server-error");
  EXPECT_EQ(closes.at(0).code, 1011);
  EXPECT_EQ(line->metrics.get("viewers_refused_total", {{"reason", "server-error"}}).value(), 1);
  EXPECT_EQ(line->metric("viewers"), 1);
  watch(2);

  gst_registry_add_feature(registry, GST_PLUGIN_FEATURE(gst_object_ref(webrtcbin.get())));
  const auto before = answers.size();
  join_and_offer(kClient + 2);
  line->run_until([&] { return answers.size() > before; }, "the next one's answer");
  watch(2);
  EXPECT_EQ(line->metric("webrtcbins_alive"), 2);
}

TEST_F(IsolationTest, ViewerThatCannotBeLinkedGetsAnErrorAndTheOthersKeepStreaming) {
  join();
  connect_peer();
  watch(2);
  const std::unique_ptr<Peer> neighbour = std::move(peer);  // connected, so it needs no signalling
  client = kClient + 1;
  funnel_link_fails = true;
  join();
  connect_peer();
  line->run_until([&] { return !closes.empty(); }, "a close");
  funnel_link_fails = false;
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "media-failed");
  EXPECT_EQ(closes.at(0).code, 1011);
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "media-failed"}}).value(), 1);
  EXPECT_EQ(line->metric("viewers_connected_total"), 1);
  EXPECT_EQ(line->metric("main_exceptions_total"), 0);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 1; }, "its end");
  const int before = neighbour->units();
  line->run_until([&] { return neighbour->units() >= before + 5; }, "the neighbour's pictures");
  EXPECT_EQ(line->metric("viewers"), 1);
}

TEST_F(IsolationTest, ViewerStartsAtMostTheNumberOfThreadsThatIsChecked) {
  g_thread_pool_set_max_unused_threads(0);
  const auto before = count_in_proc("task");
  join();
  offer(read_offer("chromium-156-recvonly-video"));
  line->run_until([&] { return candidates > 0; }, "a candidate");
  EXPECT_LE(count_in_proc("task") - before, kThreadsPerViewer);
}

TEST_F(IsolationTest, EndOfOneViewerDoesNotAffectAnother) {
  join();
  connect_peer();
  watch(2);
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  line->run_until([&] { return line->metric("viewers") == 2; }, "the second viewer");
  line->viewers.on_event({kClient + 1, ClientLeft{.reason = "gone", .said_goodbye = true}});
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
}

/// The step of a session at which the client leaves.
enum class Step { joined, offered, answered, trickled, securing, connected, watching };

class LeavingAt : public ViewerTest, public testing::WithParamInterface<Step> {};

TEST_P(LeavingAt, LeavesNothingBehind) {
  const auto once = [&] {
    answers.clear();
    candidates = 0;
    const auto connected_before = line->metric("viewers_connected_total");
    join();
    const auto reached = [&]() -> bool {
      switch (GetParam()) {
        case Step::joined:
          return true;
        case Step::offered:
          return line->metric("viewers") > 0;
        case Step::answered:
          return !answers.empty();
        case Step::trickled:
          return candidates > 0;
        case Step::securing:  // not always during the handshake, which takes a few milliseconds, because the
                              // state is checked between two iterations of the loop
          return peer->has_path();
        case Step::connected:
          return line->metric("viewers_connected_total") > connected_before;
        case Step::watching:
          return peer->units() > 0;
      }
      return false;
    };
    // A peer that is destroyed during its own negotiation would leak, so the early steps use a recorded offer.
    if (GetParam() >= Step::securing)
      connect_peer();
    else if (GetParam() >= Step::offered)
      offer(read_offer("chromium-156-recvonly-video"));
    line->run_until(reached, "the step");
    leave();
    peer.reset();
    line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
  };
  g_thread_pool_set_max_unused_threads(0);
  once();  // GStreamer keeps some objects of the first session for the life of the process
  const auto threads = count_in_proc("task");
  const auto descriptors = count_in_proc("fd");
  // A rare leak needs many rounds, which only the full test run (scripts/test.sh full) has time for.
  const int times = std::getenv("THOROUGH") != nullptr ? 200 : 20;
  for (int i = 0; i < times; ++i) once();
  EXPECT_EQ(line->metric("viewers"), 0);
  EXPECT_EQ(line->metric("encoders_running"), 0);
  // GLib threads that GStreamer no longer uses end with a delay.
  line->run_until([&] { return count_in_proc("task") <= threads; }, "its threads to end");
  EXPECT_LE(count_in_proc("fd"), descriptors);
}

std::string step_name(const testing::TestParamInfo<Step>& step) {
  static constexpr const char* kNames[] = {"Joined",   "Offered",   "Answered", "Trickled",
                                           "Securing", "Connected", "Watching"};
  return kNames[static_cast<int>(step.param)];
}

INSTANTIATE_TEST_SUITE_P(Steps, LeavingAt,
                         testing::Values(Step::joined, Step::offered, Step::answered, Step::trickled, Step::securing,
                                         Step::connected, Step::watching),
                         step_name);

}  // namespace
}  // namespace cs
