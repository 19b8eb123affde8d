// SPDX-License-Identifier: MIT
// A viewer gets media only when its DTLS certificate is the one that its offer announced (RFC 8827, section 6.5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <string>

#include "fakes/viewer_fixture.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kAttribute = "a=fingerprint:sha-256 ";

/// The first fingerprint line of the offer, with its end.
std::string line_of(const std::string& sdp) {
  const auto begin = sdp.find(kAttribute);
  EXPECT_NE(begin, sdp.npos) << sdp;
  return sdp.substr(begin, sdp.find('\n', begin) + 1 - begin);
}

/// The offer with `lines` in place of each fingerprint.
std::string with(std::string sdp, const std::string& lines) {
  const std::string line = line_of(sdp);
  for (auto at = sdp.find(line); at != sdp.npos; at = sdp.find(line, at + lines.size()))
    sdp.replace(at, line.size(), lines);
  return sdp;
}

/// The line of another certificate.
std::string other(std::string line) {
  const std::size_t digit = line.find(' ') + 1;
  line[digit] = line[digit] == '0' ? '1' : '0';
  return line;
}

class CertificateTest : public ViewerTest {
 protected:
  void expect_no_media() {
    line->run_until([&] { return !closes.empty(); }, "the end of the session");
    ASSERT_EQ(errors.size(), 1U);
    EXPECT_EQ(errors[0].code, "certificate-mismatch");
    EXPECT_THAT(errors[0].message, HasSubstr("does not match the fingerprint"));
    line->run_until([&] { return line->metric("webrtcbins_alive") == 0; }, "webrtcbin's end");
    EXPECT_EQ(peer->rtp_packets(), 0);
    EXPECT_EQ(line->metric("viewer_packets_sent_total"), 0);
    EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "certificate-mismatch"}}).value(), 1);
    EXPECT_EQ(line->metric("viewers_connected_total"), 0);
  }
  void expect_pictures() {
    watch(5);
    EXPECT_GT(peer->rtp_packets(), 0);
    EXPECT_THAT(errors, IsEmpty());
  }
};

TEST_F(CertificateTest, AnotherThanTheOffersGetsNoPacket) {
  change_offer = [](const std::string& sdp) { return with(sdp, other(line_of(sdp))); };
  join();
  connect_peer();
  expect_no_media();
}

TEST_F(CertificateTest, AnotherIsFoundWithEachHash) {
  change_offer = [](const std::string& sdp) {
    std::string lines;
    for (const int bytes : {48, 64}) {
      lines += "a=fingerprint:sha-" + std::to_string(8 * bytes) + " AB";
      for (int i = 1; i < bytes; ++i) lines += ":AB";
      lines += "\r\n";
    }
    return with(sdp, lines);
  };
  join();
  connect_peer();
  expect_no_media();
}

TEST_F(CertificateTest, OneOfSeveralFingerprintsIsEnough) {
  change_offer = [](const std::string& sdp) {
    const std::string right = line_of(sdp);
    return with(sdp, "a=fingerprint:sha-1 " + std::string("AB") + "\r\n" + other(right) + right);
  };
  join();
  connect_peer();
  expect_pictures();
}

TEST_F(CertificateTest, LowerCaseIsTheSame) {
  change_offer = [](const std::string& sdp) {
    std::string lower = line_of(sdp);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_NE(lower, line_of(sdp));
    return with(sdp, lower);
  };
  join();
  connect_peer();
  expect_pictures();
}

TEST_F(CertificateTest, TheSessionsFingerprintCountsForItsSections) {
  change_offer = [](const std::string& sdp) {
    std::string moved = with(sdp, "");
    return moved.insert(moved.find("m="), line_of(sdp));
  };
  join();
  connect_peer();
  expect_pictures();
}

TEST_F(CertificateTest, EachNewOfferIsChecked) {
  join();
  connect_peer();
  expect_pictures();
  change_offer = [](const std::string& sdp) { return with(sdp, other(line_of(sdp))); };
  const std::int64_t sent = line->metric("viewer_packets_sent_total");
  EXPECT_GT(sent, 0);
  connect_peer();  // a new connection of the client that is known
  line->run_until([&] { return !closes.empty(); }, "the end of the session");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "certificate-mismatch");
  EXPECT_EQ(peer->rtp_packets(), 0);
}

}  // namespace
}  // namespace cs
