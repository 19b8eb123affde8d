// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <utility>

#include "base/error.hpp"
#include "fakes/viewer_fixture.hpp"
#include "rtp/inbound_probes.hpp"
#include "sdp/sdp.hpp"
#include "session/warm_up.hpp"
#include "udp_faults.hpp"
#include "webrtc/webrtc_bin.hpp"

namespace cs {
namespace {

using testing::HasSubstr;

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

TEST_F(ViewerTest, KeyframeRequestsOfAPeerCauseOneKeyframe) {
  join();
  connect_peer();
  watch(5);
  const int before = peer->keyframes();
  // Repeat the request like browsers do: the first requests may arrive while a keyframe is already on its way.
  const auto request = [&] {
    peer->request_keyframe();
    return peer->keyframes() > before;
  };
  line->run_until(request, "a keyframe");
  watch(5);
  EXPECT_EQ(peer->keyframes(), before + 1);
}

TEST_F(ViewerTest, SecondOfferReplacesTheFirstSession) {
  join();
  connect_peer();
  watch(3);
  connect_peer();  // a new peer, the same signalling connection
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 1; }, "the first session's end");
  EXPECT_THAT(errors, testing::IsEmpty());
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

TEST_F(ViewerTest, WholeAnswerContainsTheCandidates) {
  join();
  line->viewers.on_event({kClient, ClientOffered{.sdp = read_offer("chromium-156-recvonly-video-audio-data"),
                                                 .wants_whole_answer = true}});
  line->run_until([&] { return !answers.empty(); }, "an answer");
  const auto message = parse_sdp(answers.at(0));
  const auto all = sections(*message);
  EXPECT_FALSE(all.at(0).all("candidate").empty());
  EXPECT_THAT(all.at(0).all("end-of-candidates"), testing::SizeIs(1));
  EXPECT_EQ(candidates + ends_of_candidates, 0) << "no candidate is trickled";
}

TEST_F(ViewerTest, GStreamerClientConnectsWithAWholeAnswer) {
  join();
  peer = std::make_unique<Peer>(
      Peer::Handlers{.on_offer =
                         [this](const std::string& sdp) {
                           line->viewers.on_event({kClient, ClientOffered{.sdp = sdp, .wants_whole_answer = true}});
                         },
                     .on_candidate =
                         [this](const Candidate& candidate) {
                           line->viewers.on_event({kClient, ClientTrickled{candidate}});
                         },
                     .on_unit = [] {}},
      line->loop);
  peer->offer();
  watch(10);
  EXPECT_EQ(candidates + ends_of_candidates, 0);
}

TEST_F(ViewerTest, EndOfCandidatesIsSentOnce) {
  join();
  connect_peer();
  line->run_until([&] { return ends_of_candidates > 0; }, "the end of candidates");
  const int before = candidates;
  EXPECT_GT(before, 0);
  watch(10);  // long enough to detect a second one
  EXPECT_EQ(ends_of_candidates, 1);
  EXPECT_EQ(candidates, before) << "the end comes last";
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

/// Two linked pads, like nicesrc and its peer element, with the probes of watch_packets() between them.
class WatchPackets : public testing::Test {
 protected:
  WatchPackets() {
    start_gstreamer();
    gst_pad_set_chain_function_full(
        in.get(),
        [](GstPad* pad, GstObject*, GstBuffer* buffer) {
          auto& self = *static_cast<WatchPackets*>(pad->chaindata);
          ++self.passed;
          self.bytes = gst_buffer_get_size(buffer);
          gst_buffer_unref(buffer);
          return GST_FLOW_OK;
        },
        this, nullptr);
    for (GstPad* pad : {in.get(), out.get()}) gst_pad_set_active(pad, TRUE);
    EXPECT_EQ(gst_pad_link(out.get(), in.get()), GST_PAD_LINK_OK);
    watch_packets(out.get(), liveness, filter);
    gst_pad_push_event(out.get(), gst_event_new_stream_start("packets"));
    GstSegment segment;
    gst_segment_init(&segment, GST_FORMAT_TIME);
    gst_pad_push_event(out.get(), gst_event_new_segment(&segment));
  }
  ~WatchPackets() override {
    for (GstPad* pad : {out.get(), in.get()}) gst_pad_set_active(pad, FALSE);
  }

  static GstBuffer* packet(std::uint8_t first_byte, std::uint8_t second_byte = 201) {
    GstBuffer* buffer = gst_buffer_new_allocate(nullptr, 8, nullptr);
    gst_buffer_memset(buffer, 0, second_byte, 8);
    gst_buffer_memset(buffer, 0, first_byte, 1);
    return buffer;
  }

  void push_list(std::initializer_list<std::uint8_t> first_bytes) {
    GstBufferList* packets = gst_buffer_list_new();
    for (const std::uint8_t first_byte : first_bytes) gst_buffer_list_add(packets, packet(first_byte));
    EXPECT_EQ(gst_pad_push_list(out.get(), packets), GST_FLOW_OK);
  }

  /// Whether a packet was reported after `then`: the allowed silence is 0.
  [[nodiscard]] bool heard_since(TimePoint then) const {
    return liveness->judge(then, std::chrono::milliseconds(0)) == PeerLiveness::Life::alive;
  }
  [[nodiscard]] bool said_goodbye() const {
    return liveness->judge(Clock::now() + std::chrono::minutes(1), std::chrono::hours(1)) == PeerLiveness::Life::closed;
  }

  static constexpr std::uint8_t kRtcp = 128;
  static constexpr std::uint8_t kAlert = 21;
  const Ref<GstPad> out = sink(gst_pad_new("out", GST_PAD_SRC));
  const Ref<GstPad> in = sink(gst_pad_new("in", GST_PAD_SINK));
  int passed = 0;         // packets
  std::size_t bytes = 0;  // size of the last packet
  Metrics metrics;
  const std::shared_ptr<NetworkMonitor> monitor = std::make_shared<NetworkMonitor>();
  const std::shared_ptr<InboundFilter> filter = std::make_shared<InboundFilter>(monitor, metrics);
  const std::shared_ptr<PeerLiveness> liveness = std::make_shared<PeerLiveness>();
};

TEST_F(WatchPackets, SinglePacketIsReported) {
  const TimePoint before = Clock::now();
  EXPECT_FALSE(heard_since(before));
  EXPECT_EQ(gst_pad_push(out.get(), packet(kRtcp)), GST_FLOW_OK);
  EXPECT_TRUE(heard_since(before));
}

TEST_F(WatchPackets, EachPacketOfAListIsReported) {
  const TimePoint before = Clock::now();
  push_list({kRtcp, kRtcp});
  EXPECT_TRUE(heard_since(before));
  push_list({kRtcp, kAlert});
  EXPECT_TRUE(said_goodbye());
  push_list({kAlert, kRtcp});
  EXPECT_FALSE(said_goodbye());
}

TEST_F(WatchPackets, RejectedPacketsAreDroppedSinglyAndFromLists) {
  constexpr std::uint8_t kVideo = 96;
  EXPECT_EQ(gst_pad_push(out.get(), packet(kRtcp, kVideo)), GST_FLOW_OK);
  EXPECT_EQ(passed, 0);
  GstBufferList* packets = gst_buffer_list_new();
  for (const std::uint8_t second_byte : {kVideo, std::uint8_t{201}, kVideo, std::uint8_t{205}})
    gst_buffer_list_add(packets, packet(kRtcp, second_byte));
  EXPECT_EQ(gst_pad_push_list(out.get(), packets), GST_FLOW_OK);
  EXPECT_EQ(passed, 2);
  GstBufferList* rtp_alone = gst_buffer_list_new();
  gst_buffer_list_add(rtp_alone, packet(kRtcp, kVideo));
  EXPECT_EQ(gst_pad_push_list(out.get(), rtp_alone), GST_FLOW_OK);
  EXPECT_EQ(passed, 2);
  EXPECT_EQ(metrics.get("viewer_inbound_packets_dropped_total", {{"reason", "rtp"}}).value(), 4);
}

TEST_F(WatchPackets, RtcpIsFiltered) {
  filter_rtcp(out.get(), filter);
  monitor->sent(0, 10, 11'500, Clock::now());
  // A receiver report with a source description, then a source description alone.
  const std::array<std::uint8_t, 20> compound = {0x80, 201, 0, 1, 0, 0, 0, 1, 0x81, 202, 0, 2, 0, 0, 0, 1, 1, 0, 0, 0};
  EXPECT_EQ(gst_pad_push(out.get(), gst_buffer_new_memdup(compound.data(), compound.size())), GST_FLOW_OK);
  EXPECT_EQ(passed, 1);
  EXPECT_EQ(bytes, 8U);
  EXPECT_EQ(gst_pad_push(out.get(), gst_buffer_new_memdup(compound.data() + 8, 12)), GST_FLOW_OK);
  EXPECT_EQ(passed, 1);
}

TEST_F(ViewerTest, TurnServerIsAcceptedWithAnyCredentials) {
  const IceConfig ice{.servers = {.stun = "stun://127.0.0.1:3478",
                                  .turn = "turn://127.0.0.1:3478?transport=tcp",
                                  .turn_user = "1700000000:a@b/c",
                                  .turn_pass = "p?a#s%s w:\u00f6rd@"}};
  EXPECT_NO_THROW(warm_up(line->channels, ice, line->loop, line->metrics));
}

TEST_F(ViewerTest, WarmUpFailsIfWebrtcbinRejectsTheTurnServer) {
  const IceConfig ice{.servers = {.stun = {}, .turn = "nowhere://", .turn_user = "u", .turn_pass = "p"}};
  EXPECT_THROW(warm_up(line->channels, ice, line->loop, line->metrics), StartupError);
}

TEST_F(ViewerTest, OfferWithoutASupportedCodecIsRefused) {
  join();
  std::string sdp = read_offer("chromium-156-vp8-only");
  for (auto at = sdp.find("VP8/"); at != std::string::npos; at = sdp.find("VP8/")) sdp.replace(at, 3, "AV1");
  offer(sdp);
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "no-codec");
  EXPECT_EQ(closes[0].code, 1008);
}

TEST_F(ViewerTest, WebrtcbinAnswersTheSelectedSection) {
  const std::string plain = read_offer("chromium-156-recvonly-video");
  const auto changed = [](std::string text, const std::string& from, const std::string& to) {
    EXPECT_NE(text.find(from), text.npos) << from;
    for (auto at = text.find(from); at != text.npos; at = text.find(from, at + to.size()))
      text.replace(at, from.size(), to);
    return text;
  };
  const auto begin = plain.find("m=video");
  // Inserts another section before the video section.
  const auto behind = [&](const std::string& other) {
    const std::string session = changed(plain.substr(0, begin), "BUNDLE 0", "BUNDLE first 0");
    return session + changed(other, "a=mid:0", "a=mid:first") + plain.substr(begin);
  };
  const std::string video = plain.substr(begin);
  for (const std::string& sdp :
       {changed(plain, "a=recvonly\r\n", ""), changed(plain, "a=recvonly", "a=recvonly\r\na=sendonly"),
        changed(plain, "packetization-mode=1", "packetization-mode = 1"),
        changed(plain, "a=rtpmap:108 ", "a=rtpmap:108x VP8/90000\r\na=rtpmap:108 "),
        behind(changed(video, "a=recvonly", "a=inactive")),
        behind(changed(changed(video, "a=recvonly", "a=inactive"), "m=video 9", "m=video 0"))}) {
    join();
    offer(sdp);
    line->run_until([&] { return !answers.empty() || !errors.empty(); }, "an answer");
    EXPECT_THAT(errors, testing::IsEmpty()) << sdp;
    leave();
    answers.clear();
    errors.clear();
  }
}

TEST_F(ViewerTest, FailedEncoderIsRestartedAndTheViewerStays) {
  join();
  connect_peer();
  watch(5);
  auto element = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "encode"));
  GST_ELEMENT_ERROR(element.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the error");
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  EXPECT_EQ(line->metric("encoders_running"), 1);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, EncoderThatEndsUnexpectedlyIsRestarted) {
  join();
  connect_peer();
  watch(5);
  gst_element_send_event(line->h264.encoder.encoder()->pipeline(), gst_event_new_eos());
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the end");
  watch(10);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, RepeatedlyFailingEncoderIsReplacedAndFinallyReportedAsError) {
  join();
  connect_peer();
  watch(2);
  EXPECT_EQ(line->h264.encoder.row().factory, "x264enc");
  const auto fail_once = [&](std::int64_t so_far) {
    auto element = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "encode"));
    GST_ELEMENT_ERROR(element.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
    line->run_until([&] { return line->metric("encoder_errors_total") == so_far; }, "the error");
  };
  fail_once(1);
  fail_once(2);
  EXPECT_EQ(line->h264.encoder.row().factory, "openh264enc");
  watch(5);
  fail_once(3);
  fail_once(4);
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "no-pictures");
  EXPECT_EQ(line->metric("encoder_restarts_total"), 3);
  EXPECT_EQ(line->metrics.get("encoder_gave_up", {{"codec", "H264"}}).value(), 1);
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "no-pictures"}}).value(), 1);
}

/// The expected content of the answer for a recorded offer of a real client.
struct Real {
  std::string offer;
  unsigned section;
  int payload;
  std::vector<std::string> extensions = {};  ///< RTP header extensions that the server uses
};

const std::vector<std::string> kOfChromium = {
    "5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "4 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"};
const std::vector<std::string> kOfChromiumWithAudio = {
    "5 http://www.webrtc.org/experiments/rtp-hdrext/playout-delay",
    "3 http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"};

class EachRealOffer : public ViewerTest, public testing::WithParamInterface<Real> {};

TEST_P(EachRealOffer, IsAnsweredWithOneSendingTrack) {
  join();
  offer(read_offer(GetParam().offer));
  line->run_until([&] { return !answers.empty() || !errors.empty(); }, "an answer");
  ASSERT_EQ(answers.size(), 1U) << errors.at(0).message;
  const auto message = parse_sdp(answers[0]);
  unsigned sending = 0;
  std::vector<std::string> msids;  // with the SSRC, if it has one
  for (const SdpSection& section : sections(*message)) {
    for (const std::string_view value : section.all_own("msid")) msids.push_back("msid:" + std::string(value));
    for (const std::string_view value : section.all_own("ssrc"))
      if (value.find("msid:") != value.npos) msids.emplace_back(value);
    if (section.own("sendonly")) {
      ++sending;
      EXPECT_EQ(section.index(), GetParam().section);
      EXPECT_EQ(section.payload_types().at(0), GetParam().payload);
      EXPECT_THAT(std::string(section.of_payload("fmtp", GetParam().payload).value_or("")),
                  testing::AllOf(HasSubstr("packetization-mode=1"), HasSubstr("profile-level-id=42")));
      EXPECT_THAT(section.all("extmap"), testing::ElementsAreArray(GetParam().extensions));
    } else if (section.media() != "application") {
      EXPECT_TRUE(section.is_rejected() || section.own("inactive")) << answers[0];
    }
  }
  EXPECT_EQ(sending, 1U) << answers[0];
  EXPECT_THAT(msids, testing::Not(testing::IsEmpty())) << answers[0];
  EXPECT_THAT(msids, testing::Each(testing::MatchesRegex("([0-9]+ )?msid:[^ ]+( [^ ]+)?"))) << "none is empty";
  std::ranges::sort(msids);
  EXPECT_TRUE(std::ranges::adjacent_find(msids) == msids.end()) << "none is repeated: " << answers[0];
}

INSTANTIATE_TEST_SUITE_P(Offers, EachRealOffer,
                         testing::Values(Real{"chromium-156-recvonly-video", 0, 108, kOfChromium},
                                         Real{"chromium-156-recvonly-video-audio-data", 1, 108, kOfChromiumWithAudio},
                                         Real{"chromium-156-audio-first-sendrecv", 1, 108, kOfChromiumWithAudio},
                                         Real{"pion-3.1-recvonly-video", 0, 125},
                                         Real{"aiortc-1.4-recvonly-video-with-candidates", 0, 101},
                                         Real{"gstreamer-1.22-recvonly-video", 0, 96}),
                         [](const auto& real) {
                           std::string name = real.param.offer;
                           std::ranges::replace_if(
                               name, [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });

}  // namespace
}  // namespace cs
