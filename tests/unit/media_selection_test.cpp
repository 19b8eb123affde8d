// SPDX-License-Identifier: MIT
#include "sdp/media_selection.hpp"

#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <string>

#include "sdp/h264_format.hpp"
#include "unit/offers.hpp"

namespace cs {
namespace {

using test::changed;
using test::channels;
using test::chosen;
using test::file;
using test::k720p30;
using test::kBoth;
using test::kH264;
using test::kOnlyH264;
using test::offer;
using test::refused;
using testing::EndsWith;

struct Real {
  std::string name;
  unsigned mline_index;
  std::string mid;
  int payload_type;
  std::string profile_level_id;
};

class RealOffer : public testing::TestWithParam<Real> {};

TEST_P(RealOffer, IsAnsweredWithItsOwnPayloadType) {
  const NegotiatedMedia choice = chosen(file(GetParam().name));
  EXPECT_EQ(choice.mline_index, GetParam().mline_index);
  EXPECT_EQ(choice.mid, GetParam().mid);
  EXPECT_EQ(choice.payload.type, GetParam().payload_type);
  EXPECT_THAT(choice.payload.parameters, EndsWith(";profile-level-id=" + GetParam().profile_level_id));
}

INSTANTIATE_TEST_SUITE_P(Files, RealOffer,
                         testing::Values(Real{"chromium-156-recvonly-video.sdp", 0, "0", 108, "42e01f"},
                                         Real{"chromium-156-recvonly-video-audio-data.sdp", 1, "1", 108, "42e01f"},
                                         Real{"chromium-156-audio-first-sendrecv.sdp", 1, "1", 108, "42e01f"},
                                         Real{"safari-style-recvonly-video.sdp", 0, "0", 98, "42e01f"},
                                         Real{"pion-3.1-recvonly-video.sdp", 0, "0", 125, "42e01f"},
                                         Real{"aiortc-1.4-recvonly-video-with-candidates.sdp", 0, "0", 101, "42e01f"},
                                         Real{"gstreamer-1.22-recvonly-video.sdp", 0, "video0", 96, "42e01f"}),
                         [](const auto& real) {
                           std::string name = real.param.name;
                           for (char& c : name)
                             if (std::isalnum(static_cast<unsigned char>(c)) == 0) c = '_';
                           return name;
                         });

TEST(MediaSelection, EachOfferFileIsAcceptedOrRefusedAsItsNameSays) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CS_TEST_DIR "/offers")) {
    const std::string name = entry.path().filename().string();
    const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
    const auto result = select_media(Offer(file(name)), channels(kOnlyH264));
    const bool can = !has("firefox") && !has("vp8-only") && !has("mode0");
    EXPECT_EQ(std::holds_alternative<NegotiatedMedia>(result), can) << name;
    ++files;
  }
  EXPECT_GE(files, 11);
}

TEST(MediaSelection, HeaderExtensionsOfTheSectionAreRead) {
  const NegotiatedMedia chromium = chosen(file("chromium-156-recvonly-video-audio-data.sdp"));
  EXPECT_EQ(chromium.extensions.size(), 11U);
  EXPECT_EQ(chromium.extensions.at("http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"), 5);
  EXPECT_EQ(chromium.extensions.at("urn:ietf:params:rtp-hdrext:toffset"), 14);
  EXPECT_FALSE(chromium.extensions.contains("urn:ietf:params:rtp-hdrext:ssrc-audio-level"));

  const NegotiatedMedia odd =
      chosen(offer("96", kH264 + "a=extmap:1/recvonly urn:one\r\na=extmap:2/sendonly urn:two\r\n"
                                 "a=extmap:3/inactive urn:three\r\na=extmap:4 urn:four more\r\n"
                                 "a=extmap:0 urn:zero\r\na=extmap:256 urn:big\r\na=extmap:x urn:x\r\n"
                                 "a=extmap:5\r\na=extmap:4 urn:again\r\na=extmap:6 urn:four\r\n"));
  EXPECT_EQ(odd.extensions, (std::map<std::string, int, std::less<>>{{"urn:one", 1}, {"urn:four", 4}}));
}

TEST(MediaSelection, IsAnsweredWithALevelThatFitsTheStream) {
  const std::string chromium = file("chromium-156-recvonly-video.sdp");
  EXPECT_THAT(chosen(chromium, {{1920, 1080}, 60}).payload.parameters, EndsWith("42e02a"));
  EXPECT_THAT(chosen(chromium, {{640, 480}, 30}).payload.parameters, EndsWith("42e01e"));
  EXPECT_THAT(chosen(chromium, {{7680, 4320}, 60}).payload.parameters, EndsWith("42e03d"));
}

TEST(MediaSelection, ProfileNearestToTheSentOneIsPreferred) {
  const auto type = [](const std::string& first, const std::string& second) {
    return chosen(offer("96 97", "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=" + first +
                                     "\r\na=rtpmap:97 H264/90000\r\na=fmtp:97 packetization-mode=1;profile-level-id=" +
                                     second + "\r\n"))
        .payload.type;
  };
  EXPECT_EQ(type("42001f", "42e01f"), 97);
  EXPECT_EQ(type("42001f", "42c01f"), 97);
  EXPECT_EQ(type("42001f", "4d801f"), 97) << "Main with constraint_set0 is Constrained Baseline too";
  EXPECT_EQ(type("4d001f", "42001f"), 97);
  EXPECT_EQ(type("64001f", "4d001f"), 97);
  EXPECT_EQ(type("f4001f", "640c1f"), 97);
  EXPECT_EQ(type("42c01f", "42e01f"), 96) << "of equal types, the first of the client";
  EXPECT_EQ(type("42e00a", "42e01f"), 97) << "of equal types, the one with a level for 1280x720";
  EXPECT_EQ(type("42e00a", "42e00b"), 96) << "a low level does not refuse the offer";
  EXPECT_EQ(type("42e00a;level-asymmetry-allowed=1", "42e01f"), 96);
  EXPECT_EQ(type("rubbish", "42001f"), 97);
  EXPECT_EQ(type("42e01", "42001f"), 97);
}

TEST(MediaSelection, FormatParametersAreReadInEachNotation) {
  for (const std::string line :
       {"profile-level-id=42E01F; packetization-mode=1;level-asymmetry-allowed=1", " Packetization-Mode = 1 ;",
        "PROFILE-LEVEL-ID=42e01F;;;PACKETIZATION-MODE=1;x;=;y=", "packetization-mode=1"})
    EXPECT_EQ(chosen(offer("100", "a=fmtp:100 " + line + "\r\na=rtpmap:100 h264/90000\r\n")).payload.type, 100) << line;
  EXPECT_THAT(chosen(offer("96", "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n")).payload.parameters,
              EndsWith("42001f"))
      << "RFC 6184: the default of profile-level-id is Baseline";
  EXPECT_EQ(chosen(changed(offer("96", kH264), "\r\n", "\n")).payload.type, 96);
}

TEST(MediaSelection, PayloadTypeThatGStreamerReadsDifferentlyIsNotSelected) {
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=01"))).code, "h264-mode");
  // RFC 3551, section 6: payload type 26 is JPEG, even if the offer maps it.
  EXPECT_EQ(refused(offer("26", changed(kH264, ":96", ":26"))).code, "no-codec");
  EXPECT_EQ(chosen(offer("35", changed(kH264, ":96", ":35"))).payload.type, 35);
}

TEST(MediaSelection, DirectionOfTheSectionTakesPrecedenceOverTheSession) {
  EXPECT_EQ(chosen(offer("96", kH264, "sendrecv")).payload.type, 96);
  EXPECT_EQ(chosen(offer("96", kH264, "x-none")).payload.type, 96) << "sendrecv is the default";
  EXPECT_EQ(refused(offer("96", kH264, "sendonly")).code, "not-receiving");
  EXPECT_EQ(refused(offer("96", kH264, "inactive")).code, "not-receiving");
  const std::string session = changed(offer("96", kH264, "x-none"), "t=0 0\r\n", "t=0 0\r\na=sendonly\r\n");
  EXPECT_EQ(refused(session).code, "not-receiving");
  EXPECT_EQ(chosen(changed(session, "a=x-none", "a=recvonly")).payload.type, 96) << "the section takes precedence";
  EXPECT_EQ(refused(changed(file("chromium-156-recvonly-video.sdp"), "a=recvonly", "a=sendonly")).code,
            "not-receiving");
}

TEST(MediaSelection, FirstSuitableSectionIsSelected) {
  const std::string one = offer("96", kH264);
  const std::string section = one.substr(one.find("m=video"));
  const std::string two = changed(one, "BUNDLE 0", "BUNDLE 0 b") + changed(section, "a=mid:0", "a=mid:b");
  EXPECT_EQ(chosen(two).mline_index, 0U);
  auto first_off = two;
  first_off.replace(first_off.find("m=video 9"), 9, "m=video 0");
  EXPECT_EQ(chosen(first_off).mid, "b");
  auto first_sends = two;
  first_sends.replace(first_sends.find("a=recvonly"), 10, "a=sendonly");
  EXPECT_EQ(chosen(first_sends).mid, "b");
  EXPECT_EQ(chosen(changed(one, "m=video 9", "m=video 0") + "a=bundle-only\r\n").mid, "0");
  EXPECT_EQ(refused(changed(one, "m=video 9", "m=video 0")).code, "no-video");
}

TEST(MediaSelection, FirstChannelThatItCanReceiveIsSelected) {
  const NegotiatedMedia chromium = chosen(file("chromium-156-recvonly-video.sdp"), k720p30, kBoth);
  EXPECT_EQ(chromium.codec, Codec::h264);
  EXPECT_EQ(chromium.channel, 0U);
  EXPECT_EQ(chosen(file("chromium-156-recvonly-video.sdp"), k720p30, {Codec::vp8, Codec::h264}).codec, Codec::vp8)
      << "the order of the server counts";

  const NegotiatedMedia firefox = chosen(file("firefox-esr-153-recvonly-video.sdp"), k720p30, kBoth);
  EXPECT_EQ(firefox.codec, Codec::vp8);
  EXPECT_EQ(firefox.channel, 1U);
  EXPECT_EQ(firefox.payload.type, 120);
  EXPECT_EQ(firefox.payload.parameters, "");
  EXPECT_EQ(chosen(file("chromium-156-vp8-only.sdp"), k720p30, kBoth).codec, Codec::vp8);
  EXPECT_EQ(chosen(offer("96 97", changed(kH264, "mode=1", "mode=0") + "a=rtpmap:97 VP8/90000\r\n"), k720p30, kBoth)
                .payload.type,
            97)
      << "unusable H.264 does not refuse the offer";

  const OfferRefusal neither = refused(offer("96", "a=rtpmap:96 AV1/90000\r\n"), kBoth);
  EXPECT_EQ(neither.code, "no-codec");
  EXPECT_EQ(neither.message, "this browser offers AV1, but none of the codecs that this server sends: H264 and VP8");
}

TEST(H264Format, NeverDeclaresLevel1b) {
  EXPECT_EQ(profile_level_id(0x42e0, 11), "42e00b");
  EXPECT_EQ(profile_level_id(0x42f0, 11), "42f00c");
}

}  // namespace
}  // namespace cs
