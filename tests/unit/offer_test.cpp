// SPDX-License-Identifier: MIT
#include "sdp/offer.hpp"

#include <glib.h>
#include <gmock/gmock.h>

#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "sdp/h264_format.hpp"

namespace cs {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

constexpr FrameFormat k720p30 = {};

std::string file(const std::string& name) {
  std::ifstream stream(CS_TEST_DIR "/offers/" + name);
  std::string text((std::istreambuf_iterator<char>(stream)), {});
  EXPECT_FALSE(text.empty()) << name;
  return text;
}

/// The channels of a server with these codecs.
std::vector<Channel> channels(const std::vector<Codec>& codecs, const FrameFormat& format = k720p30) {
  std::vector<Channel> result;
  for (const Codec codec : codecs)
    result.push_back({{.codec = codec, .format = format, .bitrate_kbps = 2500}, nullptr});
  return result;
}

const std::vector<Codec> kOnlyH264 = {Codec::h264};
const std::vector<Codec> kBoth = {Codec::h264, Codec::vp8};

NegotiatedMedia chosen(const std::string& sdp, const FrameFormat& format = k720p30,
                       const std::vector<Codec>& codecs = kOnlyH264) {
  const auto result = select_media(sdp, channels(codecs, format));
  if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
    ADD_FAILURE() << refusal->code << ": " << refusal->message;
    return {};
  }
  return std::get<NegotiatedMedia>(result);
}

OfferRefusal refused(const std::string& sdp, const std::vector<Codec>& codecs = kOnlyH264) {
  const auto result = select_media(sdp, channels(codecs));
  if (const auto* refusal = std::get_if<OfferRefusal>(&result)) return *refusal;
  ADD_FAILURE() << "payload type " << std::get<NegotiatedMedia>(result).payload.type << " was selected";
  return {};
}

/// Replaces each `from` with `to`; `from` must occur.
std::string changed(std::string text, const std::string& from, const std::string& to) {
  EXPECT_NE(text.find(from), std::string::npos) << from;
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
  return text;
}

const std::string kFingerprint =
    "AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB:AB";

/// An offer with one video section, the payload types `types` and the additional lines `lines`.
std::string offer(const std::string& types, const std::string& lines, const std::string& direction = "recvonly") {
  return "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF " + types +
         "\r\nc=IN IP4 0.0.0.0\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 " +
         kFingerprint + "\r\na=setup:actpass\r\na=mid:0\r\na=" + direction + "\r\n" + lines;
}

const std::string kH264 = "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n";

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

TEST(Offer, EachOfferFileIsAcceptedOrRefusedAsItsNameSays) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(CS_TEST_DIR "/offers")) {
    const std::string name = entry.path().filename().string();
    const auto has = [&](const char* part) { return name.find(part) != std::string::npos; };
    const auto result = select_media(file(name), channels(kOnlyH264));
    const bool can = !has("firefox") && !has("vp8-only") && !has("mode0");
    EXPECT_EQ(std::holds_alternative<NegotiatedMedia>(result), can) << name;
    ++files;
  }
  EXPECT_GE(files, 11);
}

TEST(Offer, HeaderExtensionsOfTheSectionAreRead) {
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

TEST(Offer, IsAnsweredWithALevelThatFitsTheStream) {
  const std::string chromium = file("chromium-156-recvonly-video.sdp");
  EXPECT_THAT(chosen(chromium, {{1920, 1080}, 60}).payload.parameters, EndsWith("42e02a"));
  EXPECT_THAT(chosen(chromium, {{640, 480}, 30}).payload.parameters, EndsWith("42e01e"));
  EXPECT_THAT(chosen(chromium, {{7680, 4320}, 60}).payload.parameters, EndsWith("42e03d"));
}

TEST(Offer, ProfileNearestToTheSentOneIsPreferred) {
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

TEST(Offer, FormatParametersAreReadInEachNotation) {
  for (const std::string line :
       {"profile-level-id=42E01F; packetization-mode=1;level-asymmetry-allowed=1", " Packetization-Mode = 1 ;",
        "PROFILE-LEVEL-ID=42e01F;;;PACKETIZATION-MODE=1;x;=;y=", "packetization-mode=1"})
    EXPECT_EQ(chosen(offer("100", "a=fmtp:100 " + line + "\r\na=rtpmap:100 h264/90000\r\n")).payload.type, 100) << line;
  EXPECT_THAT(chosen(offer("96", "a=rtpmap:96 H264/90000\r\na=fmtp:96 packetization-mode=1\r\n")).payload.parameters,
              EndsWith("42001f"))
      << "RFC 6184: the default of profile-level-id is Baseline";
  EXPECT_EQ(chosen(changed(offer("96", kH264), "\r\n", "\n")).payload.type, 96);
}

TEST(Offer, PayloadTypeThatGStreamerReadsDifferentlyIsNotSelected) {
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=01"))).code, "h264-mode");
  // RFC 3551, section 6: payload type 26 is JPEG, even if the offer maps it.
  EXPECT_EQ(refused(offer("26", changed(kH264, ":96", ":26"))).code, "no-codec");
  EXPECT_EQ(chosen(offer("35", changed(kH264, ":96", ":35"))).payload.type, 35);
}

TEST(Offer, WithTooManyPayloadTypesOrAttributesIsRefused) {
  std::string types = "96";
  for (int i = 0; i < 200; ++i) types += " 96";
  const auto crowded = refused(offer(types, kH264));
  EXPECT_EQ(crowded.code, "bad-sdp");
  EXPECT_THAT(crowded.message, testing::HasSubstr("too many payload types"));
  std::string lines = kH264;
  for (int i = 0; i < 600; ++i) lines += "a=rtcp-fb:* nack\r\n";
  EXPECT_EQ(refused(offer("96", lines)).code, "bad-sdp");
  std::string session;
  for (int i = 0; i < 600; ++i) session += "a=x\r\n";
  const std::string usual = offer("96", kH264);
  EXPECT_THAT(refused(changed(usual, "m=", session + "m=")).message, HasSubstr("too many session attributes"));
}

TEST(Offer, WithASectionTwiceInItsBundleIsRefused) {
  const std::string usual = offer("96", kH264);
  const std::string mid = chosen(usual).mid;
  for (const std::string& groups :
       {"a=group:BUNDLE " + mid + " " + mid + "\r\n", "a=group:BUNDLE " + mid + "\r\na=group:BUNDLE " + mid + "\r\n"}) {
    std::string twice = usual;
    const auto group = twice.find("a=group:BUNDLE");
    if (group != twice.npos) twice.erase(group, twice.find('\n', group) + 1 - group);
    EXPECT_THAT(refused(changed(twice, "m=", groups + "m=")).message, HasSubstr("name a media section twice"));
  }
}

TEST(Offer, DirectionOfTheSectionTakesPrecedenceOverTheSession) {
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

TEST(Offer, FirstSuitableSectionIsSelected) {
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

TEST(Offer, WithoutH264IsRefusedWithTheCodecsItOffers) {
  const OfferRefusal firefox = refused(file("firefox-esr-153-recvonly-video.sdp"));
  EXPECT_EQ(firefox.code, "no-codec");
  EXPECT_EQ(firefox.message, "this browser offers VP8, VP9 and AV1, but not the codec that this server sends: H264");
  EXPECT_EQ(refused(file("firefox-esr-153-recvonly-video-audio-data.sdp")).message, firefox.message);
  EXPECT_THAT(refused(file("chromium-156-vp8-only.sdp")).message, HasSubstr("offers VP8, but not the codec"));
  EXPECT_EQ(refused(offer("96", "")).code, "no-codec");
  EXPECT_EQ(refused(offer("97", kH264)).code, "no-codec") << "the payload type is not in the m line";
  EXPECT_EQ(refused(offer("96", changed(kH264, "90000", "48000"))).code, "no-codec") << "wrong clock rate for H.264";
  EXPECT_EQ(refused(offer("96", "a=rtpmap:96 VP8/90000\r\n" + kH264)).code, "no-codec")
      << "only the first rtpmap counts";
  EXPECT_EQ(refused(offer("-1 300 9e1 99999999999999999999 ä", kH264)).code, "no-codec");
}

TEST(Offer, FirstChannelThatItCanReceiveIsSelected) {
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

TEST(Offer, WithoutASupportedH264ModeOrProfileIsRefused) {
  EXPECT_EQ(refused(file("chromium-156-h264-mode0-only.sdp")).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", "a=rtpmap:96 H264/90000\r\n")).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=2"))).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=99999999999"))).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "42e01f", "f4001f"))).code, "h264-profile");
}

TEST(Offer, WithoutVideoIsRefused) {
  EXPECT_EQ(refused(changed(offer("96", kH264), "m=video", "m=audio")).code, "no-video");
  const std::string data =
      changed(offer("96", ""), "m=video 9 UDP/TLS/RTP/SAVPF 96", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  EXPECT_EQ(refused(data).code, "no-video");
}

TEST(Offer, IsRefusedIfWebrtcbinCannotAnswerIt) {
  const std::string good = offer("96", kH264);
  EXPECT_EQ(refused(changed(good, "a=mid:0\r\n", "")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "a=mid:0", "a=mid:")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE 0 1")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE unknown")).code, "bad-sdp");
  EXPECT_EQ(refused(good + good.substr(good.find("m=video"))).code, "bad-sdp") << "duplicate mid";
  for (const std::string key : {"ice-ufrag", "ice-pwd", "fingerprint", "setup"})
    EXPECT_THAT(refused(changed(good, "a=" + key, "a=x-" + key)).message, HasSubstr("has no " + key));
  EXPECT_EQ(refused(changed(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP")).code, "bad-sdp");
  EXPECT_EQ(chosen(changed(good, "a=group:BUNDLE 0\r\n", "")).mid, "0") << "the bundle group is optional";
}

TEST(Offer, StrongFingerprintIsRequired) {
  const std::string good = offer("96", kH264);
  const std::string line = "a=fingerprint:sha-256 " + kFingerprint + "\r\n";
  const auto with = [&](const std::string& lines) { return changed(good, line, lines); };
  const std::string weak = "a=fingerprint:sha-1 AB:AB\r\n";
  const auto no = refused(with(weak + "a=fingerprint:md5 AB\r\n"));
  EXPECT_EQ(no.code, "weak-fingerprint");
  EXPECT_THAT(no.message, HasSubstr("sha-256"));
  EXPECT_THAT(refused(with("a=fingerprint:sha-256 AB:AB\r\n")).message, HasSubstr("malformed fingerprint"));
  EXPECT_EQ(chosen(with(weak + "a=fingerprint:sha-256 AB\r\n" + line + line)).fingerprints.size(), 1U);
  const std::string other = changed(line, "AB:AB", "CD:EF");
  EXPECT_EQ(chosen(with(line + other)).fingerprints.size(), 2U);
  const std::string moved = with("");
  const auto at_session = [&](const std::string& sdp, const std::string& lines) {
    return sdp.substr(0, sdp.find("m=")) + lines + sdp.substr(sdp.find("m="));
  };
  EXPECT_EQ(chosen(at_session(moved, line)).fingerprints.size(), 1U);
  EXPECT_EQ(chosen(at_session(good, other)).fingerprints.size(), 2U);
}

TEST(Offer, FingerprintsOfTheFirstSectionOfTheBundleCountToo) {
  const std::string first = changed(changed(offer("96", kH264), "recvonly", "sendonly"), "AB:AB", "CD:EF");
  const std::string video = offer("96", kH264);
  const std::string second = changed(video.substr(video.find("m=")), "a=mid:0", "a=mid:1");
  EXPECT_EQ(chosen(changed(first, "BUNDLE 0", "BUNDLE 0 1") + second).fingerprints.size(), 2U);
  EXPECT_EQ(chosen(changed(first, "BUNDLE 0", "BUNDLE 1 0") + second).fingerprints.size(), 1U);
  EXPECT_EQ(chosen(first + second).fingerprints.size(), 1U) << "the first section is not in the group";
}

TEST(Offer, IsRefusedIfItIsNotASessionDescription) {
  for (const std::string& text :
       {std::string(), std::string("v"), std::string("v=0"), std::string("v=0\r\n"), std::string("hello"),
        std::string("{\"type\":\"offer\"}"), std::string("\0v=0", 4), std::string(70000, 'v'), std::string("v=0\r\nm="),
        offer("96", kH264) + std::string(1, '\0')})
    EXPECT_EQ(refused(text).code, "bad-sdp") << text.substr(0, 50);
}

TEST(Offer, IsRefusedIfTruncatedBeforeTheCodecs) {
  const std::string whole = file("chromium-156-recvonly-video.sdp");
  const auto mapped = whole.find("a=rtpmap:102 H264");
  for (std::size_t length = 0; length < mapped; ++length)
    EXPECT_NE(refused(whole.substr(0, length)).code, "") << length;
}

TEST(Offer, RefusalNeverContainsUnsafeTextOfTheOffer) {
  const std::string message =
      refused(offer("96 97", "a=rtpmap:96 <script>\x1b[2J/90000\r\na=rtpmap:97 VP8/90000\r\n")).message;
  EXPECT_THAT(message, HasSubstr("offers VP8, but"));
  EXPECT_THAT(message, Not(HasSubstr("script")));
  std::string types;
  std::string lines;
  for (int type = 0; type < 128; ++type) {
    types += std::to_string(type) + " ";
    lines += "a=rtpmap:" + std::to_string(type) + " CODEC" + std::to_string(type) + "/90000\r\n";
  }
  EXPECT_LT(refused(offer(types, lines)).message.size(), 500U);
}

void expect_sound(const std::variant<NegotiatedMedia, OfferRefusal>& result) {
  if (const auto* refusal = std::get_if<OfferRefusal>(&result)) {
    EXPECT_FALSE(refusal->code.empty());
    EXPECT_LT(refusal->message.size(), 500U);
    for (const char c : refusal->message) ASSERT_TRUE(c >= ' ' && c < 0x7f) << refusal->message;
    return;
  }
  const auto& choice = std::get<NegotiatedMedia>(result);
  EXPECT_GE(choice.payload.type, 0);
  EXPECT_LE(choice.payload.type, 127);
  EXPECT_FALSE(choice.mid.empty());
  if (choice.codec == Codec::vp8) {
    EXPECT_EQ(choice.payload.parameters, "");
  } else {
    const auto id = choice.payload.parameters.rfind('=') + 1;
    ASSERT_EQ(choice.payload.parameters.size() - id, 6U);
    EXPECT_EQ(choice.payload.parameters.find_first_not_of("0123456789abcdef", id), std::string::npos);
  }
  for (const auto& [uri, id] : choice.extensions) EXPECT_TRUE(!uri.empty() && id >= 1 && id <= 255);
}

TEST(Offer, AnyBytesAreHandled) {
  g_log_set_always_fatal(static_cast<GLogLevelFlags>(G_LOG_LEVEL_CRITICAL | G_LOG_FATAL_MASK));
  std::mt19937 random(20240229);
  const auto below = [&](std::size_t bound) {
    return std::uniform_int_distribution<std::size_t>(0, bound - 1)(random);
  };
  const std::vector<std::string> pieces = {"\r\n",       "m=video 9 ", "a=",         "a=mid:",   "a=group:BUNDLE",
                                           ":",          "/",          " ",          "=",        ";",
                                           "0",          "-1",         "4294967296", "\xff\xc3", "\t",
                                           "a=fmtp:108", "a=rtpmap:",  "m=",         "b=",       "c=IN IP4 /////",
                                           "k=",         "a=extmap:"};
  std::vector<std::string> offers;
  for (const auto& entry : std::filesystem::directory_iterator(CS_TEST_DIR "/offers"))
    offers.push_back(file(entry.path().filename().string()));
  int selected = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string text = offers[below(offers.size())];
    for (std::size_t change = below(8); change-- > 0 && !text.empty();) {
      const std::size_t at = below(text.size());
      switch (below(4)) {
        case 0:
          text[at] = static_cast<char>(below(256));
          break;
        case 1:
          text.erase(at, below(40));
          break;
        case 2:
          text.insert(at, pieces[below(pieces.size())]);
          break;
        default:
          text.insert(at, text.substr(below(text.size()), below(200)));
      }
    }
    const auto result = select_media(text, channels(kBoth));
    expect_sound(result);
    selected += std::holds_alternative<NegotiatedMedia>(result) ? 1 : 0;
  }
  EXPECT_GT(selected, 100) << "too few valid offers, so the test proves nothing";
  EXPECT_LT(selected, 3900);
}

TEST(H264Format, NeverDeclaresLevel1b) {
  EXPECT_EQ(profile_level_id(0x42e0, 11), "42e00b");
  EXPECT_EQ(profile_level_id(0x42f0, 11), "42f00c");
}

}  // namespace
}  // namespace cs
