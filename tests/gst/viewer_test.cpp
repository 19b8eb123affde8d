// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <sstream>
#include <string>

#include "base/error.hpp"
#include "fakes/line.hpp"
#include "fakes/peer.hpp"
#include "viewer/rehearsal.hpp"
#include "viewer/sdp.hpp"

namespace cs {
namespace {

using testing::HasSubstr;

std::string read_offer(const std::string& name) {
  const std::ifstream file(CS_TEST_DIR "/offers/" + name + ".sdp");
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

/// The line, and one client at its door.
class ViewerTest : public testing::Test {
 protected:
  static constexpr ClientId kClient = 7;

  ViewerTest() {
    start_gstreamer();
    line = std::make_unique<Line>();
    line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
  }

  void join() { line->viewers.on_event({kClient, ClientJoined{"127.0.0.1"}}); }
  void leave() { line->viewers.on_event({kClient, ClientLeft{.reason = "the test ends it", .said_goodbye = true}}); }
  void offer(const std::string& sdp) { line->viewers.on_event({kClient, ClientOffered{sdp}}); }

  /// What the line told the client goes to the peer, if there is one, and is kept.
  void deliver() {
    while (auto event = line->to_clients.pop()) {
      if (const auto* sent = std::get_if<SendAnswer>(&event->what)) {
        answers.push_back(sent->sdp);
        if (peer && event->client == kClient) peer->take_answer(sent->sdp);
      } else if (const auto* trickled = std::get_if<SendCandidate>(&event->what)) {
        ++candidates;
        if (peer && event->client == kClient) peer->take_candidate(trickled->candidate);
      } else if (const auto* error = std::get_if<SendError>(&event->what)) {
        errors.push_back(*error);
      } else if (const auto* closed = std::get_if<SendClose>(&event->what)) {
        closes.push_back(*closed);
      }
    }
  }

  void connect_peer(Codec codec = Codec::h264) {
    peer = std::make_unique<Peer>(Peer::Handlers{.on_offer = [this](const std::string& sdp) { offer(sdp); },
                                                 .on_candidate =
                                                     [this](const Candidate& candidate) {
                                                       line->viewers.on_event({kClient, ClientTrickled{candidate}});
                                                     },
                                                 .on_unit = [] {}},
                                  line->loop, codec);
    peer->offer();
  }

  void watch(int units) {
    const int before = peer->units();
    line->run_until([&] { return peer->units() >= before + units; }, "pictures");
  }

  std::unique_ptr<Line> line;
  std::unique_ptr<Peer> peer;
  std::vector<std::string> answers;
  std::vector<SendError> errors;
  std::vector<SendClose> closes;
  int candidates = 0;
};

TEST_F(ViewerTest, APeerGetsAKeyframeFirstAndThenPictures) {
  join();
  connect_peer();
  watch(1);
  EXPECT_EQ(peer->keyframes(), 1);
  watch(20);
  EXPECT_EQ(line->metric("encoders_alive"), 1);
  EXPECT_EQ(line->metric("viewers"), 1);
}

TEST_F(ViewerTest, APeerWithoutH264GetsVp8FromAKeyframeOn) {
  join();
  connect_peer(Codec::vp8);
  watch(1);
  EXPECT_EQ(peer->keyframes(), 1);
  watch(20);
  EXPECT_EQ(line->vp8.demand.level(), Demand::Level::live);
  EXPECT_EQ(line->h264.demand.level(), Demand::Level::none);
  EXPECT_EQ(line->metric("encoders_alive"), 1);
}

TEST_F(ViewerTest, EachStreamHasItsEncoderWhileItIsWatched) {
  join();
  connect_peer();
  watch(2);
  // A client of VP8 that never connects: its encoder stands ready, and the others' picture goes on.
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("firefox-esr-153-recvonly-video")}});
  EXPECT_EQ(line->metric("encoders_alive"), 2);
  watch(10);
  line->viewers.on_event({kClient + 1, ClientLeft{.reason = "gone", .said_goodbye = true}});
  EXPECT_EQ(line->metric("encoders_alive"), 1);
  watch(10);
  leave();
  EXPECT_EQ(line->metric("encoders_alive"), 0);
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(ViewerTest, NoEncoderExistsBeforeTheFirstAndAfterTheLastViewer) {
  EXPECT_EQ(line->metric("encoders_alive"), 0);
  join();
  connect_peer();
  watch(2);
  leave();
  EXPECT_EQ(line->metric("encoders_alive"), 0);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(ViewerTest, APeersRequestYieldsOneMoreKeyframe) {
  join();
  connect_peer();
  watch(5);
  const int before = peer->keyframes();
  // As browsers do, it goes on asking: the first requests may come while a keyframe is on its way already.
  const auto asks = [&] {
    peer->request_keyframe();
    return peer->keyframes() > before;
  };
  line->run_until(asks, "a keyframe");
  watch(5);
  EXPECT_EQ(peer->keyframes(), before + 1);
}

TEST_F(ViewerTest, ASecondOfferReplacesTheFirstSession) {
  join();
  connect_peer();
  watch(3);
  connect_peer();  // a new peer, the same signalling connection
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 1; }, "the first session's end");
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, AViewerBeyondTheLimitIsToldSo) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 0});
  line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
  join();
  offer(read_offer("chromium-156-recvonly-video"));
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "too-many-viewers");
  EXPECT_EQ(closes[0].code, 1013);
}

TEST_F(ViewerTest, AWholeAnswerHoldsTheCandidates) {
  join();
  line->viewers.on_event({kClient, ClientOffered{.sdp = read_offer("chromium-156-recvonly-video-audio-data"),
                                                 .wants_whole_answer = true}});
  line->run_until([&] { return !answers.empty(); }, "an answer");
  const auto message = parse_sdp(answers.at(0));
  const auto all = sections(*message);
  EXPECT_FALSE(all.at(0).all("candidate").empty());
  EXPECT_TRUE(all.at(0).own("end-of-candidates"));
  EXPECT_EQ(candidates, 0) << "nothing is trickled before, and there is nothing left afterwards";
}

TEST_F(ViewerTest, AGStreamerClientWatchesByAWholeAnswer) {
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
  EXPECT_EQ(candidates, 0);
}

TEST_F(ViewerTest, AnOrphanGoesOnWatchingForItsGraceTime) {
  line = std::make_unique<Line>(Viewers::Config{.grace = std::chrono::milliseconds(1)});
  line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
  join();
  connect_peer();
  watch(3);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  EXPECT_EQ(line->metric("viewers_orphaned_total"), 1);
  EXPECT_EQ(line->metric("viewers"), 1);
  watch(2);
  line->run_until([&] { return line->metric("viewers") == 0; }, "the end of its grace time");
  EXPECT_THAT(closes, testing::IsEmpty()) << "there is nobody to be told";
}

TEST_F(ViewerTest, AnOrphanGivesItsPlaceToANewcomer) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 1});
  line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
  join();
  connect_peer();
  watch(3);
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  watch(3);
  line->viewers.on_event({kClient + 1, ClientJoined{"127.0.0.1"}});
  line->viewers.on_event({kClient + 1, ClientOffered{read_offer("chromium-156-recvonly-video")}});
  line->run_until([&] { return !answers.empty() && line->metric("viewers") == 1; }, "the newcomer's answer");
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, AViewerThatIsNotConnectedLeavesWithItsSignalling) {
  join();
  offer(read_offer("chromium-156-recvonly-video"));
  line->viewers.on_event({kClient, ClientLeft{.reason = "the connection broke"}});
  EXPECT_EQ(line->metric("viewers"), 0);
  EXPECT_EQ(line->metric("viewers_orphaned_total"), 0);
}

TEST_F(ViewerTest, AViewerThatSendsNoReportsIsRemovedAndToldSo) {
  line = std::make_unique<Line>(Viewers::Config{.silence = std::chrono::milliseconds(0)});
  line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
  join();
  connect_peer();
  line->run_until([&] { return !closes.empty(); }, "a close");
  EXPECT_EQ(errors.at(0).code, "vanished");
  EXPECT_EQ(line->metric("viewers_vanished_total"), 1);
  EXPECT_EQ(line->metric("viewers"), 0);
}

TEST_F(ViewerTest, HalfOpenSessionsOfOneAddressLeaveRoomForOthers) {
  line = std::make_unique<Line>(Viewers::Config{.max_viewers = 4});
  line->to_clients.set_wake([this] { line->loop.post([this] { deliver(); }); });
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

TEST_F(ViewerTest, ATurnServerIsTakenWithAnyCredentials) {
  const IceConfig ice{.servers = {.stun = "stun://127.0.0.1:3478",
                                  .turn = "turn://127.0.0.1:3478?transport=tcp",
                                  .turn_user = "1700000000:a@b/c",
                                  .turn_pass = "p?a#s%s w:\u00f6rd@"}};
  EXPECT_NO_THROW(rehearse(line->channels, ice, line->loop, line->metrics));
}

TEST_F(ViewerTest, ATurnServerThatWebrtcbinRefusesEndsTheStart) {
  const IceConfig ice{.servers = {.stun = {}, .turn = "nowhere://", .turn_user = "u", .turn_pass = "p"}};
  EXPECT_THROW(rehearse(line->channels, ice, line->loop, line->metrics), Fatal);
}

TEST_F(ViewerTest, AnOfferOfNoCodecOfOursIsToldSo) {
  join();
  std::string sdp = read_offer("chromium-156-vp8-only");
  for (auto at = sdp.find("VP8/"); at != std::string::npos; at = sdp.find("VP8/")) sdp.replace(at, 3, "AV1");
  offer(sdp);
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "no-codec");
  EXPECT_EQ(closes[0].code, 1008);
}

TEST_F(ViewerTest, AFailedEncoderIsBuiltAgainAndTheViewerStays) {
  join();
  connect_peer();
  watch(5);
  auto convert = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "convert"));
  GST_ELEMENT_ERROR(convert.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the error");
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  EXPECT_EQ(line->metric("encoders_alive"), 1);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, AnEncoderThatEndsByItselfIsBuiltAgain) {
  join();
  connect_peer();
  watch(5);
  gst_element_send_event(line->h264.encoder.encoder()->pipeline(), gst_event_new_eos());
  line->run_until([&] { return line->metric("encoder_errors_total") == 1; }, "the end");
  watch(10);
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerTest, AnEncoderThatGoesOnFailingGivesWayToTheNextAndThenToAnError) {
  join();
  connect_peer();
  watch(2);
  EXPECT_EQ(line->h264.encoder.row().factory, "x264enc");
  const auto fail_once = [&](std::int64_t so_far) {
    auto convert = adopt(gst_bin_get_by_name(GST_BIN(line->h264.encoder.encoder()->pipeline()), "convert"));
    GST_ELEMENT_ERROR(convert.get(), LIBRARY, FAILED, ("broken by the test"), (nullptr));
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
}

TEST_F(ViewerTest, AViewersBrokenPipelineIsItsOwn) {
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

/// What an answer must hold for a picture to come of it, for each real client.
struct Real {
  std::string offer;
  unsigned section;
  int payload;
};

class EachRealOffer : public ViewerTest, public testing::WithParamInterface<Real> {};

TEST_P(EachRealOffer, IsAnsweredWithOneSendingTrack) {
  join();
  offer(read_offer(GetParam().offer));
  line->run_until([&] { return !answers.empty() || !errors.empty(); }, "an answer");
  ASSERT_EQ(answers.size(), 1U) << errors.at(0).message;
  const auto message = parse_sdp(answers[0]);
  unsigned sending = 0;
  for (const SdpSection& section : sections(*message)) {
    if (section.own("sendonly")) {
      ++sending;
      EXPECT_EQ(section.index(), GetParam().section);
      EXPECT_EQ(section.payload_types().at(0), GetParam().payload);
      EXPECT_THAT(std::string(section.of_payload("fmtp", GetParam().payload).value_or("")),
                  testing::AllOf(HasSubstr("packetization-mode=1"), HasSubstr("profile-level-id=42")));
    } else if (section.media() != "application") {
      EXPECT_TRUE(section.is_rejected() || section.own("inactive")) << answers[0];
    }
  }
  EXPECT_EQ(sending, 1U) << answers[0];
}

INSTANTIATE_TEST_SUITE_P(Offers, EachRealOffer,
                         testing::Values(Real{"chromium-156-recvonly-video", 0, 108},
                                         Real{"chromium-156-recvonly-video-audio-data", 1, 108},
                                         Real{"chromium-156-audio-first-sendrecv", 1, 108},
                                         Real{"pion-3.1-recvonly-video", 0, 125},
                                         Real{"aiortc-1.4-recvonly-video-with-candidates", 0, 101},
                                         Real{"gstreamer-1.22-recvonly-video", 0, 96}),
                         [](const auto& real) {
                           std::string name = real.param.offer;
                           std::ranges::replace_if(
                               name, [](char c) { return c == '-' || c == '.'; }, '_');
                           return name;
                         });

/// A moment of a session at which its client may vanish.
enum class Step { joined, offered, answered, trickled, connected, watching };

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
        case Step::connected:
          return line->metric("viewers_connected_total") > connected_before;
        case Step::watching:
          return peer->units() > 0;
      }
      return false;
    };
    // A peer that is ended in its own negotiation would leave something behind itself; early on an offer will do.
    if (GetParam() >= Step::connected)
      connect_peer();
    else if (GetParam() >= Step::offered)
      offer(read_offer("chromium-156-recvonly-video"));
    line->run_until(reached, "the step");
    leave();
    peer.reset();
    line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
  };
  g_thread_pool_set_max_unused_threads(0);
  once();  // whatever stays of the first is GStreamer's for the life of the process
  const auto threads = count_in_proc("task");
  const auto descriptors = count_in_proc("fd");
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr int times = 20;  // slower by far
#else
  constexpr int times = 200;
#endif
  for (int i = 0; i < times; ++i) once();
  EXPECT_EQ(line->metric("viewers"), 0);
  EXPECT_EQ(line->metric("encoders_alive"), 0);
  // GLib keeps threads that GStreamer no longer uses; those it was told to end take their moment.
  line->run_until([&] { return count_in_proc("task") <= threads; }, "its threads to end");
  EXPECT_LE(count_in_proc("fd"), descriptors);
}

std::string step_name(const testing::TestParamInfo<Step>& step) {
  static constexpr const char* kNames[] = {"Joined", "Offered", "Answered", "Trickled", "Connected", "Watching"};
  return kNames[static_cast<int>(step.param)];
}

INSTANTIATE_TEST_SUITE_P(Steps, LeavingAt,
                         testing::Values(Step::joined, Step::offered, Step::answered, Step::trickled, Step::connected,
                                         Step::watching),
                         step_name);

}  // namespace
}  // namespace cs
