// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <utility>

#include "fakes/viewer_fixture.hpp"
#include "session/warm_up.hpp"
#include "udp_faults.hpp"

namespace cs {
namespace {

TEST_F(ViewerTest, PeerReceivesAKeyframeFirst) {
  join();
  connect_peer();
  watch(20);
  EXPECT_TRUE(peer->began_with_keyframe());
  EXPECT_EQ(line->metric("encoders_running"), 1);
  EXPECT_EQ(line->metric("viewers"), 1);
}

TEST_F(ViewerTest, PeerWithoutH264ReceivesVp8StartingWithAKeyframe) {
  join();
  connect_peer(Codec::vp8);
  watch(20);
  EXPECT_TRUE(peer->began_with_keyframe());
  EXPECT_EQ(line->vp8.demand.level(), Demand::Level::live);
  EXPECT_EQ(line->h264.demand.level(), Demand::Level::none);
  EXPECT_EQ(line->metric("encoders_running"), 1);
}

TEST_F(ViewerTest, EncoderOfEachStreamExistsWhileItHasViewers) {
  join();
  connect_peer();
  watch(2);
  // A VP8 client that never connects: its encoder is created, and the H.264 viewer keeps receiving.
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("firefox-esr-153-recvonly-video")}});
  EXPECT_EQ(line->metric("encoders_running"), 2);
  watch(10);
  line->viewers.on_event({kClient + 1, ClientLeft{.reason = "gone", .said_goodbye = true}});
  EXPECT_EQ(line->metric("encoders_running"), 1);
  watch(10);
  leave();
  EXPECT_EQ(line->metric("encoders_running"), 0);
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(ViewerTest, NoEncoderExistsWithoutViewers) {
  EXPECT_EQ(line->metric("encoders_running"), 0);
  join();
  connect_peer();
  watch(2);
  leave();
  EXPECT_EQ(line->metric("encoders_running"), 0);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(ViewerTest, GLibKeepsNoNamesOfAViewer) {
  // A second viewer with the same offer, and a viewer with unknown names in its offer, must not create GLib quarks.
  const auto visit = [this](const std::string& sdp) {
    join();
    offer(sdp);
    line->run_until([&] { return !answers.empty(); }, "an answer");
    EXPECT_THAT(errors, testing::IsEmpty());
    leave();
    line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
    answers.clear();
  };
  const std::string usual = read_offer("chromium-156-recvonly-video-audio-data");
  std::string with_unknown_names = usual;
  const auto insert = [&](const std::string& after, const std::string& what) {
    with_unknown_names.insert(with_unknown_names.find(after) + after.size(), what);
  };
  visit(usual);
  insert("a=rtcp-mux\r\n", "a=mine:1\r\na=ssrc:4711 cname:mine\r\na=rtcp-fb:108 mine\r\n");
  insert("packetization-mode=1", ";mine=1");
  const GQuark before = g_quark_from_static_string("before a viewer");
  visit(usual);
  visit(with_unknown_names);
  EXPECT_EQ(g_quark_from_static_string("after it"), before + 1);
}

TEST(IceRandom, LibniceUsesTheRandomBytesOfTheKernel) {
  // libnice calls our gnutls_rnd(), which keeps no generator per thread.
  void* const found = dlsym(RTLD_DEFAULT, "gnutls_rnd");
  Dl_info place = {};
  ASSERT_NE(dladdr(found, &place), 0);
  EXPECT_STREQ(place.dli_fname, program_invocation_name);
  std::array<std::byte, 64> bytes = {};
  EXPECT_EQ(reinterpret_cast<int (*)(int, void*, std::size_t)>(found)(0, bytes.data(), bytes.size()), 0);
  EXPECT_GT(std::ranges::count_if(bytes, [](std::byte b) { return b != std::byte{0}; }), 32);
}

TEST_F(ViewerTest, FiguresOfAViewerAreReportedPeriodically) {
  ViewerList latest;
  line = std::make_unique<Line>(Viewers::Config{.on_figures = [&](ViewerList list) { latest = std::move(list); }});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  connect_peer();
  ASSERT_EQ(latest.size(), 0U);
  line->run_until([&] { return latest.size() == 1; }, "a viewer");
  EXPECT_EQ(latest[0].client, kClient);
  EXPECT_EQ(latest[0].state, ViewerState::connecting);
  line->run_until([&] { return peer->report_often(); }, "the peer's RTP session");
  const auto reported = [&] { return !latest.empty() && latest[0].reception && latest[0].reception->round_trip_s; };
  line->run_until(reported, "a report with a round trip");
  const ViewerFigures& figures = latest[0];
  EXPECT_EQ(figures.state, ViewerState::connected);
  EXPECT_TRUE(figures.connected_after);
  EXPECT_GT(figures.pictures, 5);
  EXPECT_GE(figures.packets, figures.pictures);
  EXPECT_GT(figures.bytes, 12 * figures.packets) << "each packet has an RTP header";
  EXPECT_GT(figures.bytes_per_second, 0);
  EXPECT_EQ(figures.pictures_skipped, 0);
  EXPECT_LE(figures.reception->packets_lost, 3) << "except those before the peer was ready";
  EXPECT_LT(*figures.reception->round_trip_s, 5.0);
  EXPECT_LT(figures.reception->jitter_s, 5.0);
  EXPECT_EQ(line->metric("viewer_frames_sent_total"), figures.pictures)
      << "the counter of the codec has the same value";
  EXPECT_EQ(line->metrics.get("viewers", {{"codec", "H264"}, {"state", "connected"}}).value(), 1);
  leave();
  EXPECT_TRUE(latest.empty());
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "closed"}}).value(), 1);
  line.reset();  // uses `latest` until its end
}

TEST_F(ViewerTest, JoinedMinusLeftEqualsTheNumberOfViewers) {
  const auto balance = [&] { return line->metric("viewers_joined_total") - line->metric("viewers_left_total"); };
  join();
  connect_peer();
  EXPECT_EQ(balance(), line->metric("viewers"));
  watch(1);
  EXPECT_EQ(balance(), 1);
  connect_peer();
  watch(2);
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "replaced"}}).value(), 1);
  EXPECT_EQ(balance(), 1);
  leave();
  EXPECT_EQ(balance(), 0);
  EXPECT_EQ(line->metric("viewers"), 0);
}

TEST_F(ViewerTest, ManyKeyframeRequestsOfAPeerCauseFewKeyframes) {
  join();
  connect_peer();
  watch(5);
  const int before = peer->keyframes();
  // Repeat the request like browsers do: the first requests may arrive while a keyframe is already on its way.
  const auto request = [&] {
    peer->request_keyframe();
    return peer->keyframes() > before;
  };
  for (int i = 0; i < 20; ++i) peer->request_keyframe();
  line->run_until(request, "a keyframe");
  watch(5);
  EXPECT_LE(peer->keyframes(), before + 2) << "two in a row are allowed";
}

TEST_F(ViewerTest, ViewerBeyondTheLimitIsRefused) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 0});
  line->to_clients.set_wake([this] { line->loop.post_result([this] { deliver(); }); });
  join();
  offer(read_offer("chromium-156-recvonly-video"));
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "too-many-viewers");
  EXPECT_EQ(closes[0].code, 1013);
}

TEST_F(ViewerTest, StampIsWantedWhileAnyClientWantsIt) {
  std::vector<bool> told;
  Line stamped({.on_stamp_wanted = [&](bool wanted) { told.push_back(wanted); }});
  Viewers& viewers = stamped.viewers;
  viewers.on_event({5, ClientWantsStamp{true}});  // unknown client
  for (const ClientId id : {1U, 2U, 3U}) viewers.on_event({id, ClientJoined{"127.0.0.1"}});
  viewers.on_event({1, ClientWantsStamp{true}});
  viewers.on_event({1, ClientWantsStamp{true}});
  viewers.on_event({2, ClientWantsStamp{true}});
  viewers.on_event({3, ClientWantsStamp{false}});
  EXPECT_THAT(told, testing::ElementsAre(true));
  viewers.on_event({1, ClientLeft{.reason = "the test ends it", .said_goodbye = false}});
  EXPECT_THAT(told, testing::ElementsAre(true));
  viewers.on_event({2, ClientWantsStamp{false}});
  EXPECT_THAT(told, testing::ElementsAre(true, false));
  viewers.on_event({3, ClientWantsStamp{true}});
  viewers.on_event({3, ClientOffered{"no offer at all"}});  // which closes the connection
  EXPECT_THAT(told, testing::ElementsAre(true, false, true, false));
}

TEST_F(ViewerTest, PacketsThatCannotBeSentAreCountedByReason) {
  join();
  connect_peer();
  watch(2);
  const Metric& bursts = line->metrics.get("viewer_bursts_total");
  for (const auto& [error, reason] : {std::pair{EAGAIN, "full"},
                                      {ENOBUFS, "full"},
                                      {ENETUNREACH, "unreachable"},
                                      {EHOSTUNREACH, "unreachable"},
                                      {ENETDOWN, "unreachable"},
                                      {EADDRNOTAVAIL, "unreachable"},
                                      {EPERM, "forbidden"},
                                      {EACCES, "forbidden"},
                                      {ECONNREFUSED, "failed"}}) {
    const Metric& dropped = line->metrics.get("viewer_packets_dropped_total", {{"reason", reason}});
    const auto dropped_before = dropped.value();
    burst_error = error;
    line->run_until([&] { return dropped.value() > dropped_before; }, reason);
    burst_error = 0;
    // One thread sends all bursts, so the packets that failed are counted before the next burst succeeds.
    const auto bursts_before = bursts.value();
    line->run_until([&] { return bursts.value() > bursts_before; }, "a burst that is sent");
  }
  watch(1);
  EXPECT_EQ(line->metric("viewer_bursts_unable_total"), 0);
  EXPECT_THAT(errors, testing::IsEmpty());
}

}  // namespace
}  // namespace cs
