// SPDX-License-Identifier: MIT
#include "sdp/fingerprint.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string>

namespace cs {
namespace {

/// Created by `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=test`; its fingerprints
/// by `openssl x509 -noout -fingerprint -sha256` and so on.
constexpr auto kCertificate =
    "-----BEGIN CERTIFICATE-----\n"
    "MIIBcjCCARmgAwIBAgIUaaYsYqxsE+ovXpkW0kq6miSQc+QwCgYIKoZIzj0EAwIw\n"
    "DzENMAsGA1UEAwwEdGVzdDAeFw0yNjExMzAxMDE5MzJaFw0zNjExMjcxMDE5MzJa\n"
    "MA8xDTALBgNVBAMMBHRlc3QwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQlQyei\n"
    "RC9EIFnd8kedaUZE9xWi1hoJwSBM0sDiRv2Nh0LVtfXAIWr/EHq1S7x/vn4Jl2kK\n"
    "ucKD5jEBPg1b5WZ6o1MwUTAdBgNVHQ4EFgQUTZzVsDU03vuZ7X6vgq/who3zO5kw\n"
    "HwYDVR0jBBgwFoAUTZzVsDU03vuZ7X6vgq/who3zO5kwDwYDVR0TAQH/BAUwAwEB\n"
    "/zAKBggqhkjOPQQDAgNHADBEAiBJxpdlkP4GKY3YQVY05aZio6VLiLnSWMItsw+l\n"
    "5eUM3wIgU22nFz7dsFavj17XIshgUr8KOXsP7Ge+X/P5NXIaCxw=\n"
    "-----END CERTIFICATE-----\n";
const std::string kSha256 =
    "sha-256 A8:7A:FF:D3:CA:A5:79:C2:F0:6E:6C:62:F3:2B:6B:94:23:D3:C6:B1:CC:ED:BE:9C:65:7A:24:4"
    "A:B1:93:C8:A5";
const std::string kSha384 =
    "sha-384 C5:82:9A:69:32:95:B8:1D:EB:36:5E:F9:37:EE:7B:BC:1B:D8:4E:38:52:23:B9:E0:96:2D:9B:A"
    "E:F5:15:59:08:1B:B1:35:64:49:C9:9D:02:B7:19:F4:44:05:C0:C1:E0";
const std::string kSha512 =
    "sha-512 E8:6E:D4:CA:2C:CD:3F:95:4E:1D:8F:D7:0B:FE:7A:34:3E:0E:3C:FB:A2:C7:E3:C4:4A:84:D8:7"
    "8:54:98:BE:ED:16:DE:52:F5:CE:E7:9E:82:56:5E:17:11:3F:77:4D:DA:F4:C8:B7:DE:8A:32:8C:F4:F9:0"
    "D:CC:1D:F2:00:88:AB";

bool matches(const std::string& value, const std::string& certificate = kCertificate) {
  const auto fingerprint = read_fingerprint(value);
  EXPECT_TRUE(fingerprint) << value;
  return fingerprint && matches_any(std::array{*fingerprint}, certificate);
}

std::string lower(std::string text) {
  for (char& c : text) c = g_ascii_tolower(c);
  return text;
}

TEST(Fingerprint, MatchesTheHashOfTheCertificate) {
  for (const std::string& value : {kSha256, kSha384, kSha512}) {
    EXPECT_TRUE(matches(value)) << value;
    EXPECT_TRUE(matches(lower(value))) << value;
    std::string other = value;
    other.back() = other.back() == '0' ? '1' : '0';
    EXPECT_FALSE(matches(other)) << other;
  }
  EXPECT_TRUE(matches("SHA-256" + kSha256.substr(7)));
}

TEST(Fingerprint, OneMatchOfSeveralIsEnoughAndAnEmptyListMatchesNothing) {
  std::string other = kSha256;
  other.back() = other.back() == '0' ? '1' : '0';
  const std::array both = {*read_fingerprint(other), *read_fingerprint(kSha512)};
  EXPECT_TRUE(matches_any(both, kCertificate));
  EXPECT_FALSE(matches_any(std::span(both).first(1), kCertificate));
  EXPECT_FALSE(matches_any({}, kCertificate));
}

TEST(Fingerprint, InvalidCertificateTextNeverMatches) {
  const std::string whole = kCertificate;
  for (const std::string& text : {std::string(), std::string("-----BEGIN CERTIFICATE-----"),
                                  std::string("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
                                  whole.substr(28), whole.substr(0, whole.size() - 30)})
    EXPECT_FALSE(matches(kSha256, text)) << text;
}

TEST(Fingerprint, WeakHashesAreDistinguishedFromMalformedDigests) {
  for (const char* value : {"", " ", "sha-1 AB:CD", "md5 AB:CD", "sha-224 AB", "sha256 AB:CD", "sha-256x AB"}) {
    EXPECT_TRUE(has_weak_hash(value)) << value;
    EXPECT_FALSE(read_fingerprint(value)) << value;
  }
  const std::string digest = kSha256.substr(8);
  for (const std::string& value :
       {std::string("sha-256"), std::string("sha-256 "), std::string("sha-256 AB:CD"), "sha-256 " + digest + ":00",
        "sha-256 " + digest.substr(3), "sha-256  " + digest, "sha-256 " + digest + " ", "sha-256 " + digest + ":",
        "sha-256 G" + digest.substr(1), "sha-256 " + digest.substr(1) + "0", "sha-384 " + digest}) {
    EXPECT_FALSE(has_weak_hash(value)) << value;
    EXPECT_FALSE(read_fingerprint(value)) << value;
  }
}

}  // namespace
}  // namespace cs
