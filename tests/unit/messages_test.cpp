// SPDX-License-Identifier: MIT
#include "signalling/messages.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace cs {
namespace {

using Json = nlohmann::json;

std::string offer(const std::string& sdp) {
  return Json{{"type", "offer"}, {"sdp", sdp}}.dump();
}

std::string error_of(const std::string& text) {
  const ClientMessage message = parse_client_message(text);
  const auto* error = std::get_if<ProtocolError>(&message);
  return error ? error->error.code + " " + std::to_string(error->close_code) : "none";
}

const Candidate* candidate_of(const ClientMessage& message) {
  const auto* trickled = std::get_if<ClientTrickled>(&message);
  return trickled ? &trickled->candidate : nullptr;
}

TEST(Messages, OfferKeepsItsSdpUnchanged) {
  const std::string sdp = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=Žluťoučký \"kůň\" 🐎\r\n";
  const ClientMessage message = parse_client_message(offer(sdp));
  ASSERT_TRUE(std::holds_alternative<ClientOffered>(message));
  EXPECT_EQ(std::get<ClientOffered>(message).sdp, sdp);
}

TEST(Messages, CandidateHasItsTextAndMediaSection) {
  const auto message = parse_client_message(
      R"({"type":"ice","candidate":"candidate:1 1 udp 2 ::1 5000 typ host","sdpMLineIndex":2,"sdpMid":"v","later":[]})");
  ASSERT_NE(candidate_of(message), nullptr);
  EXPECT_EQ(candidate_of(message)->text, "candidate:1 1 udp 2 ::1 5000 typ host");
  EXPECT_EQ(candidate_of(message)->mline_index, 2U);
}

TEST(Messages, MissingNullOrEmptyCandidateMeansEndOfCandidates) {
  for (const char* text : {R"({"type":"ice"})", R"({"type":"ice","candidate":null,"sdpMLineIndex":null})",
                           R"({"type":"ice","candidate":"","sdpMid":"0"})"}) {
    const auto message = parse_client_message(text);
    ASSERT_NE(candidate_of(message), nullptr) << text;
    EXPECT_EQ(candidate_of(message)->text, "");
    EXPECT_EQ(candidate_of(message)->mline_index, 0U);
  }
}

TEST(Messages, MediaSectionOfACandidateIsAWholeNumberUpTo31) {
  const auto with = [](const std::string& index) {
    return R"({"type":"ice","candidate":"a","sdpMLineIndex":)" + index + "}";
  };
  for (const char* good : {"0", "31"}) EXPECT_EQ(error_of(with(good)), "none") << good;
  for (const char* bad : {"32", "-1", "1.5", "1e3", "\"0\"", "true", "[]", "99999999999999999999", "1e999"})
    EXPECT_NE(error_of(with(bad)), "none") << bad;
}

TEST(Messages, MessageSizeLimitIs192Kb) {
  std::string text = offer("");
  const std::string tail = R"(,"pad":")";
  text.pop_back();
  text += tail;
  text.append(kMaxMessageBytes - text.size() - 2, 'x');
  text += "\"}";
  ASSERT_EQ(text.size(), kMaxMessageBytes);
  EXPECT_EQ(error_of(text), "none");
  EXPECT_EQ(error_of(text + " "), "too-large 1009");
}

TEST(Messages, JsonNestingLimitIs8) {
  const auto nested = [](int arrays) {
    const auto n = static_cast<std::size_t>(arrays);
    return R"({"type":"ice","x":)" + std::string(n, '[') + std::string(n, ']') + "}";
  };
  EXPECT_EQ(error_of(nested(7)), "none");
  EXPECT_EQ(error_of(nested(8)), "too-deep 1008");
  EXPECT_EQ(error_of(std::string(kMaxMessageBytes, '[')), "too-deep 1008");
  EXPECT_EQ(error_of(R"({"a":{"a":{"a":{"a":{"a":{"a":{"a":{"a":{}}}}}}}}})"), "too-deep 1008");
}

TEST(Messages, BracketsInStringsAreNotNesting) {
  EXPECT_EQ(error_of(R"({"type":"ice","x":"[[[[[[[[[[\"[[[[[{{{{{\\"})"), "none");
  // Escapes do not hide the end of the string.
  EXPECT_EQ(error_of(R"({"type":"ice","x":"\\","y":[[[[[[[[[]]]]]]]]]})"), "too-deep 1008");
}

TEST(Messages, SdpSizeLimitIs128Kb) {
  EXPECT_EQ(error_of(offer(std::string(kMaxSdpBytes, 'a'))), "none");
  EXPECT_EQ(error_of(offer(std::string(kMaxSdpBytes + 1, 'a'))), "sdp-too-large 1008");
}

TEST(Messages, SdpLimitIs32MediaSectionsWithAnyLineEnd) {
  for (const std::string end : {"\r\n", "\n", "\r"}) {
    std::string sdp = "v=0" + end + "a=m=video" + end;
    for (int i = 0; i < 32; ++i) sdp += "m=video 9 UDP/TLS/RTP/SAVPF 96" + end;
    EXPECT_EQ(error_of(offer(sdp)), "none");
    EXPECT_EQ(error_of(offer(sdp + "m=")), "too-many-media 1008");
  }
}

TEST(Messages, CandidateLimitIs1KbOfPrintableText) {
  const auto ice = [](const std::string& text) { return Json{{"type", "ice"}, {"candidate", text}}.dump(); };
  EXPECT_EQ(error_of(ice(std::string(kMaxCandidateBytes, 'c'))), "none");
  EXPECT_EQ(error_of(ice(std::string(kMaxCandidateBytes + 1, 'c'))), "candidate-too-large 1008");
  EXPECT_EQ(error_of(ice("candidate:1\r\na=evil")), "bad-message 1008");
  EXPECT_EQ(error_of(ice(std::string("a\0b", 3))), "bad-message 1008");
}

TEST(Messages, InvalidMessagesAreRefused) {
  for (const char* text : {"", " ", "{", "nonsense", "{\"type\":\"offer\",}", "{} {}", "{'type':'ice'}", "\xff\xfe",
                           "{\"type\":\"ice\",\"x\":\"\xc3\x28\"}", "{\"type\":\"ice\",\"x\":\"\xed\xa0\x80\"}"})
    EXPECT_EQ(error_of(text), "bad-json 1008") << text;
  for (const char* text : {"[]", "1", "null", "\"offer\"", "{}", R"({"type":1})", R"({"type":null})",
                           R"({"type":"offer"})", R"({"type":"offer","sdp":null})", R"({"type":"offer","sdp":["v=0"]})",
                           R"({"type":"offer","sdp":"\u0000"})", R"({"type":"ice","candidate":{"candidate":"a"}})"})
    EXPECT_EQ(error_of(text), "bad-message 1008") << text;
}

TEST(Messages, UnknownTypeIsAnErrorWithoutAClose) {
  EXPECT_EQ(error_of(R"({"type":"stats"})"), "unknown-type 0");
}

TEST(Messages, StampRequestIsABoolean) {
  for (const bool on : {true, false}) {
    const auto message = parse_client_message(Json{{"type", "stamp"}, {"on", on}}.dump());
    EXPECT_EQ(std::get<ClientWantsStamp>(message).on, on);
  }
  for (const char* text : {R"({"type":"stamp"})", R"({"type":"stamp","on":1})", R"({"type":"stamp","on":"true"})"})
    EXPECT_EQ(error_of(text), "bad-message 1008") << text;
}

TEST(Messages, ClockReplyHasBothClocksAndTheRequestId) {
  const auto message = parse_client_message(R"({"type":"clock","id":18446744073709551615})");
  const auto before = std::chrono::steady_clock::now();
  const Json answer = Json::parse(tell_time(std::get<ClockQuestion>(message)));
  const auto after = std::chrono::steady_clock::now();
  EXPECT_EQ(answer["type"], "clock");
  EXPECT_EQ(answer["id"], std::numeric_limits<std::uint64_t>::max());
  using Milliseconds = std::chrono::duration<double, std::milli>;
  const Milliseconds steady(answer["steadyMs"].get<double>());
  EXPECT_GE(steady, Milliseconds(before.time_since_epoch()));
  EXPECT_LE(steady, Milliseconds(after.time_since_epoch()));
  EXPECT_GT(answer["wallMs"].get<double>(), 1.7e12);  // the year 2023
  for (const char* text : {R"({"type":"clock"})", R"({"type":"clock","id":-1})", R"({"type":"clock","id":"1"})"})
    EXPECT_EQ(error_of(text), "bad-message 1008") << text;
}

TEST(Messages, AnswerMapsRtpTimestampsToTheClock) {
  const MediaClock clock{.rtp_timestamp = 4000000000, .time = TimePoint(std::chrono::microseconds(1500))};
  EXPECT_EQ(to_json(SendAnswer{.sdp = "v=0", .media_clock = clock}),
            R"({"type":"answer","sdp":"v=0","mediaClock":{"rtpTimestamp":4000000000,"steadyMs":1.5}})");
}

TEST(Messages, EveryErrorIsASentence) {
  for (const std::string& text : {std::string("{"), std::string("[]"), std::string(R"({"type":"x"})"),
                                  offer(std::string(kMaxSdpBytes + 1, 'a')), std::string(kMaxMessageBytes + 1, 'a')}) {
    const auto message = parse_client_message(text);
    const auto& error = std::get<ProtocolError>(message).error;
    EXPECT_TRUE(error.message.ends_with('.')) << error.message;
    EXPECT_EQ(error.code.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-"), error.code.npos) << error.code;
  }
}

TEST(Messages, ServerMessagesAreValidJsonEvenWithInvalidUtf8) {
  EXPECT_EQ(to_json(SendAnswer{"v=0\r\n"}), R"({"type":"answer","sdp":"v=0\r\n"})");
  EXPECT_EQ(to_json(SendCandidate{{"candidate:1", 3}}),
            R"({"type":"ice","candidate":"candidate:1","sdpMLineIndex":3})");
  EXPECT_EQ(to_json(SendNetwork{.slow = true}), R"({"type":"network","slow":true})");
  EXPECT_EQ(to_json(SendNetwork{.slow = true, .carries_kbps = 900}), R"({"type":"network","slow":true,"kbps":900})");
  EXPECT_EQ(to_json(SendNetwork{.carries_kbps = 900, .smaller = Size{640, 360}}),
            R"({"type":"network","slow":false,"kbps":900,"width":640,"height":360})");
  EXPECT_EQ(to_json(SendError{"no-codec", "Nothing \"fits\"."}),
            R"({"type":"error","code":"no-codec","message":"Nothing \"fits\"."})");
  EXPECT_EQ(to_json(SendError{"x", "\xff\xfe"}),
            "{\"type\":\"error\",\"code\":\"x\",\"message\":\"\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(Messages, MutatedMessagesAreHandledAndStayWithinLimits) {
  const std::vector<std::string> seeds = {offer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"),
                                          R"({"type":"ice","candidate":"candidate:1","sdpMLineIndex":0})",
                                          R"({"type":"ice","x":[[[[[[["\"\\\u00e9\ud83d\ude00"]]]]]]]})"};
  std::mt19937 random(20240607);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  using namespace std::string_view_literals;
  constexpr std::string_view special_characters = "[]{}\",:\\u0dm=\r\n\x80\xff\0-9tn"sv;
  int accepted = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = seeds[below(seeds.size())];
    for (std::size_t change = below(4) + 1; change > 0; --change) {
      const std::size_t at = below(text.size() + 1);
      switch (below(4)) {
        case 0:
          text.insert(at, 1, special_characters[below(special_characters.size())]);
          break;
        case 1:
          text.erase(at, below(4));
          break;
        case 2:
          if (at < text.size()) text[at] = static_cast<char>(random());
          break;
        default:
          text.insert(at, text.substr(below(text.size() + 1), below(20)));
      }
    }
    const auto message = parse_client_message(text);
    if (const auto* error = std::get_if<ProtocolError>(&message)) {
      EXPECT_TRUE(Json::accept(to_json(error->error)));
    } else if (const auto* offered = std::get_if<ClientOffered>(&message)) {
      EXPECT_LE(offered->sdp.size(), kMaxSdpBytes);
      EXPECT_TRUE(Json::accept(to_json(SendAnswer{offered->sdp})));
      ++accepted;
    } else {
      EXPECT_LE(std::get<ClientTrickled>(message).candidate.mline_index, kMaxMlineIndex);
      ++accepted;
    }
  }
  EXPECT_GT(accepted, 100);
}

}  // namespace
}  // namespace cs
