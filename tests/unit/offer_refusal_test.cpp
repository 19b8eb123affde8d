// SPDX-License-Identifier: MIT
#include "sdp/media_selection.hpp"

#include <glib.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "unit/offers.hpp"

namespace cs {
namespace {

using test::changed;
using test::channels;
using test::chosen;
using test::file;
using test::kBoth;
using test::kFingerprint;
using test::kH264;
using test::offer;
using test::refused;
using testing::HasSubstr;
using testing::Not;

TEST(OfferRefusal, WithTooManyPayloadTypesOrAttributesIsRefused) {
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

TEST(OfferRefusal, WithASectionTwiceInItsBundleIsRefused) {
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

TEST(OfferRefusal, WithoutH264IsRefusedWithTheCodecsItOffers) {
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

TEST(OfferRefusal, WithoutASupportedH264ModeOrProfileIsRefused) {
  EXPECT_EQ(refused(file("chromium-156-h264-mode0-only.sdp")).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", "a=rtpmap:96 H264/90000\r\n")).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=2"))).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "mode=1", "mode=99999999999"))).code, "h264-mode");
  EXPECT_EQ(refused(offer("96", changed(kH264, "42e01f", "f4001f"))).code, "h264-profile");
}

TEST(OfferRefusal, WithoutVideoIsRefused) {
  EXPECT_EQ(refused(changed(offer("96", kH264), "m=video", "m=audio")).code, "no-video");
  const std::string data =
      changed(offer("96", ""), "m=video 9 UDP/TLS/RTP/SAVPF 96", "m=application 9 UDP/DTLS/SCTP webrtc-datachannel");
  EXPECT_EQ(refused(data).code, "no-video");
}

TEST(OfferRefusal, IsRefusedIfWebrtcbinCannotAnswerIt) {
  const std::string good = offer("96", kH264);
  EXPECT_EQ(refused(changed(good, "a=mid:0\r\n", "")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "a=mid:0", "a=mid:")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE 0 1")).code, "bad-sdp");
  EXPECT_EQ(refused(changed(good, "BUNDLE 0", "BUNDLE unknown")).code, "bad-sdp");
  EXPECT_EQ(refused(good + good.substr(good.find("m=video"))).code, "bad-sdp") << "duplicate mid";
  for (const std::string key : {"ice-ufrag", "ice-pwd", "fingerprint", "setup"})
    EXPECT_THAT(refused(changed(good, "a=" + key, "a=x-" + key)).message, HasSubstr("has no " + key));
  EXPECT_THAT(refused(changed(good, "a=ice-pwd:", "a=ice-pwd:" + std::string(256, 'x'))).message,
              HasSubstr("has a very long ice-pwd"));
  EXPECT_EQ(refused(changed(good, "UDP/TLS/RTP/SAVPF", "RTP/AVP")).code, "bad-sdp");
  EXPECT_EQ(chosen(changed(good, "a=group:BUNDLE 0\r\n", "")).mid, "0") << "the bundle group is optional";
}

TEST(OfferRefusal, StrongFingerprintIsRequired) {
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

TEST(OfferRefusal, FingerprintsOfTheFirstSectionOfTheBundleCountToo) {
  const std::string first = changed(changed(offer("96", kH264), "recvonly", "sendonly"), "AB:AB", "CD:EF");
  const std::string video = offer("96", kH264);
  const std::string second = changed(video.substr(video.find("m=")), "a=mid:0", "a=mid:1");
  EXPECT_EQ(chosen(changed(first, "BUNDLE 0", "BUNDLE 0 1") + second).fingerprints.size(), 2U);
  EXPECT_EQ(chosen(changed(first, "BUNDLE 0", "BUNDLE 1 0") + second).fingerprints.size(), 1U);
  EXPECT_EQ(chosen(first + second).fingerprints.size(), 1U) << "the first section is not in the group";
}

TEST(OfferRefusal, IsRefusedIfItIsNotASessionDescription) {
  for (const std::string& text :
       {std::string(), std::string("v"), std::string("v=0"), std::string("v=0\r\n"), std::string("hello"),
        std::string("{\"type\":\"offer\"}"), std::string("\0v=0", 4), std::string(70000, 'v'), std::string("v=0\r\nm="),
        offer("96", kH264) + std::string(1, '\0')})
    EXPECT_EQ(refused(text).code, "bad-sdp") << text.substr(0, 50);
}

TEST(OfferRefusal, IsRefusedIfTruncatedBeforeTheCodecs) {
  const std::string whole = file("chromium-156-recvonly-video.sdp");
  const auto mapped = whole.find("a=rtpmap:102 H264");
  for (std::size_t length = 0; length < mapped; ++length)
    EXPECT_NE(refused(whole.substr(0, length)).code, "") << length;
}

TEST(OfferRefusal, RefusalNeverContainsUnsafeTextOfTheOffer) {
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

TEST(OfferRefusal, AnyBytesAreHandled) {
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
    const auto result = select_media(Offer(text), channels(kBoth));
    expect_sound(result);
    selected += std::holds_alternative<NegotiatedMedia>(result) ? 1 : 0;
  }
  EXPECT_GT(selected, 100) << "too few valid offers, so the test proves nothing";
  EXPECT_LT(selected, 3900);
}

}  // namespace
}  // namespace cs
