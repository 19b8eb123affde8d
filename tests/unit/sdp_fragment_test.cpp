// SPDX-License-Identifier: MIT
#include "signalling/sdp_fragment.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "signalling/messages.hpp"

namespace cs {
namespace {

using Why = FragmentRefusal::Why;

const std::vector<IceCredentials> kOffer = {{"audio", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"},
                                            {"video", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"}};
const std::string kCredentials = "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n";
const std::string kVideo = "m=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:video\r\n";
const std::string kCandidate = "candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw";

/// Returns "index text" for each candidate.
std::vector<std::string> candidates(const std::string& fragment) {
  const auto read = read_fragment(fragment, kOffer);
  if (const auto* refusal = std::get_if<FragmentRefusal>(&read)) return {"refused: " + refusal->words};
  std::vector<std::string> result;
  for (const Candidate& candidate : std::get<FragmentCandidates>(read))
    result.push_back(std::to_string(candidate.mline_index) + " " + candidate.text);
  return result;
}

Why refused(const std::string& fragment) {
  const auto read = read_fragment(fragment, kOffer);
  const auto* refusal = std::get_if<FragmentRefusal>(&read);
  if (refusal == nullptr) {
    ADD_FAILURE() << "was accepted: " << fragment;
    return Why::malformed;
  }
  EXPECT_FALSE(refusal->words.empty());
  return refusal->why;
}

using Strings = std::vector<std::string>;

TEST(SdpFragment, MidAssignsCandidatesToTheirSection) {
  EXPECT_EQ(
      candidates("a=group:BUNDLE audio video\r\n" + kVideo + kCredentials + "a=" + kCandidate + "\r\na=" + kCandidate +
                 "\r\na=end-of-candidates\r\nm=audio 9 RTP/AVP 0\r\na=mid:audio\r\na=candidate:2\r\n"),
      (Strings{"1 " + kCandidate, "1 " + kCandidate, "1 ", "0 candidate:2"}));
  EXPECT_EQ(candidates("m=video 9 X 1\r\na=candidate:1\r\na=mid:video\r\n"), (Strings{"1 candidate:1"}))
      << "the mid may come later";
}

TEST(SdpFragment, WithoutAMidTheOrderAssignsCandidates) {
  EXPECT_EQ(candidates("m=audio 9 X 1\na=candidate:1\n\nm=video 9 X 1\na=candidate:2"),
            (Strings{"0 candidate:1", "1 candidate:2"}));
}

TEST(SdpFragment, EndOfCandidatesCanBeAtSessionLevel) {
  EXPECT_EQ(candidates(kCredentials + "a=end-of-candidates\r\n"), (Strings{"0 "}));
  EXPECT_EQ(candidates("a=end-of-candidates\r\n" + kVideo + "a=candidate:1\r\n"), (Strings{"1 candidate:1", "0 "}));
}

TEST(SdpFragment, EmptySectionIsValid) {
  EXPECT_EQ(candidates(kVideo + kCredentials), Strings{});
}

TEST(SdpFragment, OtherCredentialsMeanAnIceRestart) {
  EXPECT_EQ(refused(kVideo + "a=ice-ufrag:ysXw\r\na=ice-pwd:vw5LmwG4y/e6dPP/zAP9Gp5k\r\na=candidate:1\r\n"),
            Why::restart);
  EXPECT_EQ(refused("a=ice-ufrag:ysXw\r\n" + kVideo + "a=candidate:1\r\n"), Why::restart);
  EXPECT_EQ(refused(kVideo + "a=ice-pwd:other\r\n"), Why::restart);
  EXPECT_EQ(refused("a=ice-ufrag:ysXw\r\na=ice-pwd:x\r\n"), Why::restart) << "without any section";
}

TEST(SdpFragment, MalformedFragmentsAreRefused) {
  for (const std::string& text :
       {std::string(), std::string("\r\n\r\n"), std::string("hello"), std::string("{}"), kCredentials,
        "a=" + kCandidate + "\r\n", kVideo + "candidate:1\r\n", kVideo + "a=candidate:\x01\r\n",
        std::string("m=video 9 X 1\r\na=mid:third\r\na=candidate:1"), kVideo + kVideo + "m=x\r\na=candidate:1\r\n",
        kVideo + "a=candidate:" + std::string(kMaxCandidateBytes, '1'), kVideo + std::string("a=\0", 3)})
    EXPECT_EQ(refused(text), Why::malformed) << text;
  std::string many = kVideo;
  for (std::size_t i = 0; i < kMaxFragmentCandidates; ++i) many += "a=candidate:1\r\n";
  EXPECT_EQ(candidates(many).size(), kMaxFragmentCandidates);
  EXPECT_EQ(refused(many + "a=candidate:1\r\n"), Why::too_many);
}

TEST(SdpFragment, RandomInputIsHandled) {
  std::mt19937 random(4711);
  const std::string seed = kCredentials + kVideo + "a=" + kCandidate + "\r\na=end-of-candidates\r\n";
  for (int round = 0; round < 2000; ++round) {
    std::string text = seed;
    for (int change = 0; change < 5; ++change) text[random() % text.size()] = static_cast<char>(random());
    static_cast<void>(read_fragment(text, kOffer));
  }
}

}  // namespace
}  // namespace cs
