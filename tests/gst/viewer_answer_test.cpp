// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "base/error.hpp"
#include "fakes/viewer_fixture.hpp"
#include "sdp/sdp.hpp"
#include "session/warm_up.hpp"

namespace cs {
namespace {

using testing::HasSubstr;

class ViewerAnswerTest : public ViewerTest {};

TEST_F(ViewerAnswerTest, SecondOfferReplacesTheFirstSession) {
  join();
  connect_peer();
  watch(3);
  connect_peer();  // a new peer, the same signalling connection
  watch(10);
  EXPECT_EQ(line->metric("viewers"), 1);
  line->run_until([&] { return line->metric("webrtcbins_alive") == 1; }, "the first session's end");
  EXPECT_THAT(errors, testing::IsEmpty());
}

TEST_F(ViewerAnswerTest, WholeAnswerContainsTheCandidates) {
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

TEST_F(ViewerAnswerTest, GStreamerClientConnectsWithAWholeAnswer) {
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

TEST_F(ViewerAnswerTest, EndOfCandidatesIsSentOnce) {
  join();
  connect_peer();
  line->run_until([&] { return ends_of_candidates > 0; }, "the end of candidates");
  const int before = candidates;
  EXPECT_GT(before, 0);
  watch(10);  // long enough to detect a second one
  EXPECT_EQ(ends_of_candidates, 1);
  EXPECT_EQ(candidates, before) << "the end comes last";
}

TEST_F(ViewerAnswerTest, TurnServerIsAcceptedWithAnyCredentials) {
  const IceConfig ice{.servers = {.stun = "stun://127.0.0.1:3478",
                                  .turn = "turn://127.0.0.1:3478?transport=tcp",
                                  .turn_user = "1700000000:a@b/c",
                                  .turn_pass = "p?a#s%s w:\u00f6rd@"}};
  EXPECT_NO_THROW(warm_up(line->channels, ice, line->loop, line->metrics));
}

TEST_F(ViewerAnswerTest, WarmUpFailsIfWebrtcbinRejectsTheTurnServer) {
  const IceConfig ice{.servers = {.stun = {}, .turn = "nowhere://", .turn_user = "u", .turn_pass = "p"}};
  EXPECT_THROW(warm_up(line->channels, ice, line->loop, line->metrics), StartupError);
}

TEST_F(ViewerAnswerTest, OfferWithoutASupportedCodecIsRefused) {
  join();
  std::string sdp = read_offer("chromium-156-vp8-only");
  for (auto at = sdp.find("VP8/"); at != std::string::npos; at = sdp.find("VP8/")) sdp.replace(at, 3, "AV1");
  offer(sdp);
  line->run_until([&] { return !closes.empty(); }, "a close");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "no-codec");
  EXPECT_EQ(closes[0].code, 1008);
}

TEST_F(ViewerAnswerTest, WebrtcbinAnswersTheSelectedSection) {
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
