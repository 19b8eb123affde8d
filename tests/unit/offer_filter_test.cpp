// SPDX-License-Identifier: MIT
#include "sdp/offer_filter.hpp"

#include <glib.h>
#include <gmock/gmock.h>

#include <array>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "sdp/sdp.hpp"

namespace cs {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Ge;

/// The reduced offer that webrtcbin receives for an offer with these lines.
std::string passed_on(
    const std::string& lines, unsigned chosen = 0,
    const std::function<std::optional<std::string>(std::string_view)>& taken = [](std::string_view text) {
      return std::optional(std::string(text));
    }) {
  const Offer offer("v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n" + lines);
  NegotiatedMedia choice;
  choice.mline_index = chosen;
  choice.payload.type = 102;
  choice.mid = "0";
  const SdpMessage reduced = reduce_offer(offer, choice, taken);
  gchar* text = gst_sdp_message_as_text(reduced.get());
  std::string result(text);
  g_free(text);
  return result;
}

std::vector<std::string> attributes(const std::string& sdp) {
  std::vector<std::string> result;
  for (std::size_t at = sdp.find("a="); at != sdp.npos; at = sdp.find("\na=", at + 1)) {
    const auto begin = sdp.find("a=", at) + 2;
    std::string attribute = sdp.substr(begin, sdp.find('\r', begin) - begin);
    if (attribute != "group:BUNDLE 0") result.push_back(std::move(attribute));
  }
  return result;
}

constexpr auto kVideo = "m=video 9 UDP/TLS/RTP/SAVPF 102 103\r\n";

TEST(OfferFilter, KeepsTheTransportAttributes) {
  const std::string lines =
      "a=group:BUNDLE 0\r\na=ice-options:trickle\r\n" + std::string(kVideo) +
      "a=mid:0\r\na=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 AA:BB\r\n"
      "a=setup:actpass\r\na=rtcp-mux\r\na=recvonly\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n";
  EXPECT_THAT(attributes(passed_on(lines)),
              ElementsAre("fingerprint:sha-256 AA:BB", "ice-options:trickle", "ice-pwd:0123456789012345678901",
                          "ice-ufrag:abcd", "setup:actpass", "rtcp-mux", "mid:0",
                          "candidate:1 1 udp 1 192.0.2.1 9 typ host", "recvonly"));
}

TEST(OfferFilter, EachCandidateThatGStreamerFindsIsChecked) {
  const std::string bad = "candidate:2 1 udp 1 127.0.0.1 9999 typ host";
  std::vector<std::string> asked;
  const auto taken = [&](std::string_view candidate) {
    asked.emplace_back(candidate);
    return candidate == bad ? std::nullopt
                            : std::optional<std::string>("candidate:1 1 udp 1 192.0.2.1 9 typ host plainly");
  };
  const std::string lines = "a=candidate:9 1 udp 1 192.0.2.9 9999 typ host\r\n" + std::string(kVideo) +
                            "a=candidate:1 1 udp 1 192.0.2.1 9999 typ host\r\na=" + bad + "\r\n \t a=" + bad +
                            "\r\na=mid:0\ra=" + bad + "\na=end-of-candidates\r\n";
  EXPECT_THAT(attributes(passed_on(lines, 0, taken)), ElementsAre("candidate:1 1 udp 1 192.0.2.1 9 typ host plainly",
                                                                  "mid:0", "end-of-candidates", "recvonly"));
  EXPECT_THAT(asked, Contains(bad).Times(Ge(2))) << "GStreamer also finds candidates that do not start a line";
}

TEST(OfferFilter, UnknownAttributesAreRemoved) {
  const std::string lines =
      "a=x-mine:1\r\na=tool:me\r\n" + std::string(kVideo) +
      "a=x-other:2\r\na=msid:a b\r\na=ssrc:77 cname:me\r\na=ssrc-group:FID 77 78\r\na=rid:a recv\r\n";
  EXPECT_THAT(attributes(passed_on(lines)), ElementsAre("recvonly"));
}

TEST(OfferFilter, UnknownFormatParametersAreRemoved) {
  const std::string lines =
      std::string(kVideo) +
      "a=rtpmap:102 H264/90000\r\n"
      "a=fmtp:102 Packetization-Mode=1; mine=2;level-asymmetry-allowed=1 ;a b=3;;profile-level-id=42e01f\r\n"
      "a=fmtp:103 apt=102\r\na=fmtp:104 mine=2\r\na=fmtp:many apt=102\r\na=fmtp:\r\n";
  EXPECT_THAT(attributes(passed_on(lines)),
              ElementsAre("rtpmap:102 H264/90000",
                          "fmtp:102 Packetization-Mode=1;level-asymmetry-allowed=1;profile-level-id=42e01f",
                          "fmtp:103 apt=102", "recvonly"));
}

TEST(OfferFilter, FormatParametersKeepTheirMeaning) {
  const auto written = [](const std::string& value) {
    return attributes(passed_on(std::string(kVideo) + "a=fmtp:" + value + "\r\n"));
  };
  EXPECT_THAT(written("102  Packetization-Mode = 1 ; profile-level-id\t=42e01f;"),
              ElementsAre("fmtp:102 Packetization-Mode=1;profile-level-id=42e01f", "recvonly"));
  EXPECT_THAT(written("102 packetization-mode=1;profile-level-id=42 e01f"),
              ElementsAre("fmtp:102 packetization-mode=1;profile-level-id=42 e01f", "recvonly"))
      << "an invalid value stays invalid";
  EXPECT_THAT(written("102 packetization-mode;apt="), ElementsAre("fmtp:102 packetization-mode;apt=", "recvonly"));
}

TEST(OfferFilter, SelectionInTheReducedOfferIsTheSame) {
  const std::array<Channel, 1> channels = {
      {{.stream = {.codec = Codec::h264, .format = {}, .bitrate_kbps = 2500}, .broadcast = nullptr}}};
  // Payload type 100 would rank equal to 101 without its invalid value, and 99 with its second fmtp line.
  Offer offer(
      "v=0\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 99 100 101\r\na=mid:0\r\na=ice-ufrag:abcd\r\n"
      "a=ice-pwd:0123456789012345678901\r\na=fingerprint:sha-256 "
      "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB"
      "\r\na=setup:actpass\r\n"
      "a=rtpmap:99 H264/90000\r\na=fmtp:99 mine=1\r\na=fmtp:99 packetization-mode=1\r\n"
      "a=rtpmap:100 H264/90000\r\na=fmtp:100 packetization-mode=1;profile-level-id=4d801 x\r\n"
      "a=rtpmap:101 H264/90000\r\na=fmtp:101 packetization-mode=1;profile-level-id=4d001f\r\n");
  for (int time = 0; time < 2; ++time) {
    const auto choice = select_media(offer, channels);
    ASSERT_TRUE(std::holds_alternative<NegotiatedMedia>(choice)) << std::get<OfferRefusal>(choice).message;
    EXPECT_EQ(std::get<NegotiatedMedia>(choice).payload.type, 101);
    offer = Offer(reduce_offer(offer, std::get<NegotiatedMedia>(choice),
                               [](std::string_view text) { return std::optional(std::string(text)); }));
  }
}

TEST(OfferFilter, OnlyTheFirstLineOfAPayloadTypeIsKept) {
  const std::string lines = std::string(kVideo) +
                            "a=rtpmap:102x VP8/90000\r\na=rtpmap: 103 VP8/90000\r\na=rtpmap:102 H264/90000\r\n"
                            "a=rtpmap:102 VP8/90000\r\na=rtpmap:103\r\na=rtpmap:103 H264/90000\r\n"
                            "a=rtpmap:104 H264/90000 VP8/90000\r\na=rtpmap:104 H264/90000\r\n"
                            "a=fmtp:102 mine=1\r\na=fmtp:102 packetization-mode=1\r\n"
                            "a=fmtp:103x apt=1\r\na=fmtp:103 apt=102\r\na=fmtp:103 apt=104\r\n";
  EXPECT_THAT(attributes(passed_on(lines)), ElementsAre("rtpmap:102 H264/90000", "fmtp:103 apt=102", "recvonly"));
}

TEST(OfferFilter, DirectionBecomesRecvonly) {
  for (const char* said : {"", "a=sendrecv\r\n", "a=recvonly\r\na=sendonly\r\n", "a=sendrecv\r\na=recvonly\r\n"})
    EXPECT_THAT(attributes(passed_on(kVideo + std::string(said))), ElementsAre("recvonly")) << said;
  EXPECT_THAT(attributes(passed_on("a=recvonly\r\n" + std::string(kVideo))), ElementsAre("recvonly"));
}

TEST(OfferFilter, UnknownFeedbackTypesAreRemoved) {
  const std::string lines = std::string(kVideo) +
                            "a=rtcp-fb:102 nack \r\na=rtcp-fb:102  nack  pli\r\na=rtcp-fb:* ccm fir\r\n"
                            "a=rtcp-fb:102 mine\r\na=rtcp-fb:102 nack mine\r\na=rtcp-fb:102\r\na=rtcp-fb:x nack\r\n";
  EXPECT_THAT(attributes(passed_on(lines)),
              ElementsAre("rtcp-fb:102 nack", "rtcp-fb:102 nack pli", "rtcp-fb:* ccm fir", "recvonly"));
}

TEST(OfferFilter, RepeatedFeedbackAndFormatsAreRemoved) {
  const std::string again = "a=rtcp-fb:* nack\r\n";
  EXPECT_THAT(attributes(passed_on(kVideo + again + again + "a=rtcp-fb:102 nack\r\n" + again)),
              ElementsAre("rtcp-fb:* nack", "rtcp-fb:102 nack", "recvonly"));
  EXPECT_THAT(passed_on("m=video 9 UDP/TLS/RTP/SAVPF 102 103 102 102 103\r\n"),
              testing::HasSubstr("UDP/TLS/RTP/SAVPF 102 103\r\n"));
}

TEST(OfferFilter, ExtensionsWithoutAValidIdAreRemoved) {
  const std::string lines =
      std::string(kVideo) + "a=extmap:5/recvonly urn:a\r\na=extmap:256 urn:b\r\na=extmap:mine urn:c\r\na=extmap:6\r\n";
  EXPECT_THAT(attributes(passed_on(lines)), ElementsAre("extmap:5/recvonly urn:a", "recvonly"));
}

const std::vector<Channel> kH264 = {{{.codec = Codec::h264, .format = {}, .bitrate_kbps = 2500}, nullptr}};

const std::string kHead = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n";
const std::string kTransport =
    "a=ice-ufrag:abcd\r\na=ice-pwd:0123456789012345678901\r\na=setup:actpass\r\na=fingerprint:sha-256 "
    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB\r\n";
const std::string kAudio = "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:a\r\na=rtpmap:111 opus/48000/2\r\na=sendrecv\r\n";
const std::string kH264Lines =
    "a=rtpmap:102 H264/90000\r\na=fmtp:102 packetization-mode=1;profile-level-id=42e01f\r\na=recvonly\r\n";
const std::string kData = "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:d\r\na=sctp-port:5000\r\n";

/// An offer, the selected media section and the reduced offer.
struct Reduced {
  explicit Reduced(const std::string& sdp) : offer(sdp) {
    auto result = select_media(offer, kH264);
    if (const auto* no = std::get_if<OfferRefusal>(&result)) {
      ADD_FAILURE() << no->message << "\n" << sdp;
      return;
    }
    choice = std::get<NegotiatedMedia>(result);
    reduced_sdp = reduce_offer(offer, choice, [](std::string_view text) { return std::optional(std::string(text)); });
  }
  [[nodiscard]] std::vector<std::string_view> values(const char* key) const {
    return SdpSection(*reduced_sdp, 0).all_own(key);
  }

  Offer offer;
  NegotiatedMedia choice;
  SdpMessage reduced_sdp;
};

TEST(OfferFilter, OnlyTheSelectedSectionIsKept) {
  const Reduced reduced(kHead + "a=group:BUNDLE a v d\r\n" + kAudio + kTransport +
                        "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" + kTransport + kH264Lines + kData +
                        kTransport);
  ASSERT_EQ(gst_sdp_message_medias_len(reduced.reduced_sdp.get()), 1U);
  const SdpSection section(*reduced.reduced_sdp, 0);
  EXPECT_EQ(section.media(), "video");
  EXPECT_THAT(section.all("group"), ElementsAre("BUNDLE v"));
  EXPECT_THAT(section.all("sctp-port"), testing::IsEmpty());
  EXPECT_THAT(reduced.choice.bundled, ElementsAre(0U, 1U, 2U));
}

TEST(OfferFilter, TransportIsReadFromTheFirstSectionOfTheBundle) {
  for (const char* port : {"0", "9"}) {
    const Reduced reduced(kHead + "a=group:BUNDLE a v\r\n" + kAudio + kTransport +
                          "a=rtcp-mux\r\na=candidate:1 1 udp 1 192.0.2.1 9999 typ host\r\n" + "m=video " + port +
                          " UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\na=bundle-only\r\n" + kH264Lines);
    EXPECT_THAT(reduced.values("ice-ufrag"), ElementsAre("abcd"));
    EXPECT_THAT(reduced.values("setup"), ElementsAre("actpass"));
    EXPECT_EQ(reduced.values("fingerprint").size(), 1U);
    EXPECT_EQ(reduced.values("candidate").size(), 1U);
    EXPECT_THAT(reduced.values("bundle-only"), testing::IsEmpty());
    EXPECT_EQ(reduced.values("rtcp-mux").size(), 1U);
    EXPECT_EQ(reduced.choice.reached_by, 0U);
    EXPECT_EQ(gst_sdp_media_get_port(gst_sdp_message_get_media(reduced.reduced_sdp.get(), 0)), 9U);
  }
}

TEST(OfferFilter, TransportOfTheFirstSectionOfTheBundleTakesPrecedence) {
  std::string own = kTransport;
  own.replace(own.find("abcd"), 4, "efgh");
  const Reduced reduced(kHead + "a=group:BUNDLE a v\r\n" + kAudio + own +
                        "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" + kTransport + kH264Lines);
  EXPECT_THAT(reduced.values("ice-ufrag"), ElementsAre("efgh"));
  EXPECT_EQ(reduced.choice.reached_by, 0U);
}

TEST(OfferFilter, SessionAttributesMoveIntoTheSection) {
  const Reduced reduced(kHead + kTransport + "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" + kH264Lines);
  for (const char* key : {"ice-ufrag", "ice-pwd", "setup", "fingerprint"}) {
    EXPECT_EQ(reduced.values(key).size(), 1U) << key;
    EXPECT_EQ(SdpSection(*reduced.reduced_sdp, 0).all(key).size(), 1U) << key << " is only in the section";
  }
  EXPECT_THAT(SdpSection(*reduced.reduced_sdp, 0).all("group"), ElementsAre("BUNDLE v"))
      << "the reduced offer always has a bundle";
  EXPECT_THAT(reduced.choice.bundled, ElementsAre(0U));
}

/// webrtcbin's answer to the reduced offer.
SdpMessage webrtcbins_answer() {
  return parse_sdp(
      kHead + "a=group:BUNDLE v\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\n");
}

TEST(AnswerTo, EachOtherSectionIsRejected) {
  const std::string video = "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" + kTransport + kH264Lines;
  const std::string other = "m=video 9 UDP/TLS/RTP/SAVPF 96 97\r\na=mid:w\r\na=rtpmap:96 VP8/90000\r\na=sendonly\r\n";
  const Reduced reduced(kHead + "a=group:BUNDLE v a w d\r\n" + kAudio + kTransport + video + other + kData);
  const std::string answer = answer_to(reduced.offer, reduced.choice, *webrtcbins_answer());
  EXPECT_EQ(
      answer,
      kHead +
          "a=group:BUNDLE v\r\n"
          "m=audio 0 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=rtpmap:111 "
          "opus/48000/2\r\na=inactive\r\n"
          "m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\n"
          "m=video 0 UDP/TLS/RTP/SAVPF 96\r\nc=IN IP4 0.0.0.0\r\na=mid:w\r\na=rtpmap:96 VP8/90000\r\na=inactive\r\n"
          "m=application 0 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:d\r\n");
}

TEST(AnswerTo, SectionWithTheTransportOfTheBundleIsAcceptedAsInactive) {
  const Reduced reduced(kHead + "a=group:BUNDLE a v\r\n" + kAudio + kTransport +
                        "m=video 0 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\na=bundle-only\r\n" + kH264Lines);
  const SdpMessage answer =
      parse_sdp(kHead +
                "a=group:BUNDLE v\r\nm=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:x\r\n"
                "a=setup:active\r\na=rtcp-mux\r\na=mid:v\r\na=sendonly\r\n");
  EXPECT_EQ(answer_to(reduced.offer, reduced.choice, *answer),
            kHead +
                "a=group:BUNDLE a v\r\n"
                "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:a\r\na=rtpmap:111 "
                "opus/48000/2\r\na=inactive\r\n"
                "a=ice-ufrag:x\r\na=setup:active\r\na=rtcp-mux\r\n"
                "m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 "
                "0.0.0.0\r\na=ice-ufrag:x\r\na=setup:active\r\na=rtcp-mux\r\na=mid:v\r\na=sendonly\r\n");
}

TEST(AnswerTo, OfferWithoutABundleIsAnsweredWithoutABundle) {
  const Reduced reduced(kHead + "m=video 9 UDP/TLS/RTP/SAVPF 102\r\na=mid:v\r\n" + kTransport + kH264Lines);
  EXPECT_EQ(answer_to(reduced.offer, reduced.choice, *webrtcbins_answer()),
            kHead + "m=video 9 UDP/TLS/RTP/SAVPF 102\r\nc=IN IP4 0.0.0.0\r\na=mid:v\r\na=sendonly\r\n");
}

}  // namespace
}  // namespace cs
