// SPDX-License-Identifier: MIT
// A viewer receives media only if its DTLS certificate matches the fingerprint in its offer (RFC 8827, section 6.5).
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <memory>
#include <string>

#include "fakes/viewer_fixture.hpp"
#include "sdp/fingerprint.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kAttribute = "a=fingerprint:sha-256 ";

/// The first fingerprint line of the offer, including the line end.
std::string line_of(const std::string& sdp) {
  const auto begin = sdp.find(kAttribute);
  EXPECT_NE(begin, sdp.npos) << sdp;
  return sdp.substr(begin, sdp.find('\n', begin) + 1 - begin);
}

/// Replaces each fingerprint line of the offer with `lines`.
std::string with(std::string sdp, const std::string& lines) {
  const std::string line = line_of(sdp);
  for (auto at = sdp.find(line); at != sdp.npos; at = sdp.find(line, at + lines.size()))
    sdp.replace(at, line.size(), lines);
  return sdp;
}

/// A fingerprint line of another certificate.
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
  void expect_frames() {
    watch(5);
    EXPECT_GT(peer->rtp_packets(), 0);
    EXPECT_THAT(errors, IsEmpty());
  }
};

TEST_F(CertificateTest, OtherCertificateThanInTheOfferReceivesNoPacket) {
  change_offer = [](const std::string& sdp) { return with(sdp, other(line_of(sdp))); };
  join();
  connect_peer();
  expect_no_media();
}

TEST_F(CertificateTest, MismatchIsDetectedWithEachHash) {
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
  expect_frames();
}

TEST_F(CertificateTest, FingerprintMayBeLowerCase) {
  change_offer = [](const std::string& sdp) {
    std::string lower = line_of(sdp);
    std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    EXPECT_NE(lower, line_of(sdp));
    return with(sdp, lower);
  };
  join();
  connect_peer();
  expect_frames();
}

TEST_F(CertificateTest, FingerprintMayBeAtSessionLevel) {
  change_offer = [](const std::string& sdp) {
    std::string moved = with(sdp, "");
    return moved.insert(moved.find("m="), line_of(sdp));
  };
  join();
  connect_peer();
  expect_frames();
}

TEST_F(CertificateTest, EachNewOfferIsChecked) {
  join();
  connect_peer();
  expect_frames();
  change_offer = [](const std::string& sdp) { return with(sdp, other(line_of(sdp))); };
  const std::int64_t sent = line->metric("viewer_packets_sent_total");
  EXPECT_GT(sent, 0);
  connect_peer();  // a new connection of the same client
  line->run_until([&] { return !closes.empty(); }, "the end of the session");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "certificate-mismatch");
  EXPECT_EQ(peer->rtp_packets(), 0);
}

/// The curve name of an EC certificate; empty if the text is not a certificate with an EC key.
std::string curve_of(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())),
                                                      &BIO_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr),
                                                                &X509_free);
  if (!certificate) return "";
  std::array<char, 64> name = {};
  std::size_t size = 0;
  EVP_PKEY_get_group_name(X509_get0_pubkey(certificate.get()), name.data(), name.size(), &size);
  return {name.data(), size};
}

TEST_F(CertificateTest, ServerCertificateIsEcdsaAndMatchesTheAnswer) {
  join();
  connect_peer();
  expect_frames();
  const std::string pem = peer->servers_certificate();
  EXPECT_EQ(curve_of(pem), "prime256v1");
  ASSERT_EQ(answers.size(), 1U);
  const std::string announced = line_of(answers[0]);
  const std::size_t value = announced.find(':') + 1;
  const auto fingerprint = read_fingerprint(announced.substr(value, announced.find('\r') - value));
  ASSERT_TRUE(fingerprint);
  EXPECT_TRUE(matches_any({{*fingerprint}}, pem));
}

TEST_F(CertificateTest, FailedHandshakeIsDistinguishedFromBlockedUdp) {
  change_offer = [this](const std::string& sdp) {
    peer->refuse_dtls();
    return sdp;
  };
  join();
  connect_peer();
  line->run_until([&] { return !closes.empty(); }, "the end of the session");
  ASSERT_EQ(errors.size(), 1U);
  EXPECT_EQ(errors[0].code, "dtls-failed");
  EXPECT_THAT(errors[0].message, HasSubstr("but the DTLS handshake did not complete"));
  EXPECT_EQ(line->metrics.get("viewers_left_total", {{"reason", "dtls-failed"}}).value(), 1);
  EXPECT_EQ(peer->rtp_packets(), 0);
}

}  // namespace
}  // namespace cs
