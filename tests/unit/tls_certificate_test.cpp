// SPDX-License-Identifier: MIT
#include "tls/certificate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "base/error.hpp"
#include "fakes/certificate.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

using test::Certificate;

TEST(TlsCertificate, ReportsWhyBrowsersRejectACertificate) {
  const auto error_of = [](const Certificate& certificate) -> std::string {
    try {
      return TlsCertificate(certificate.files).is_for_browsers() ? "" : "not for browsers";
    } catch (const StartupError& error) {
      return error.what();
    }
  };
  EXPECT_EQ(error_of(Certificate()), "");
  EXPECT_EQ(error_of(Certificate(EVP_RSA_gen(2048), EVP_sha256())), "");
  EXPECT_THAT(
      error_of(Certificate(EVP_RSA_gen(1024), EVP_sha256())),
      HasSubstr(
          "the key or the signature of the certificate is too weak: ee key too small; create a certificate with an "
          "RSA key of 2048"));
  EXPECT_EQ(error_of(Certificate(EVP_EC_gen("P-384"), EVP_sha384())), "");
  EXPECT_EQ(error_of(Certificate(EVP_EC_gen("P-521"), EVP_sha512())), "not for browsers");
  EXPECT_EQ(error_of(Certificate(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), nullptr)), "not for browsers");
}

TEST(TlsCertificate, APipeInPlaceOfAFileIsAnErrorAndDoesNotBlock) {
  const auto error_of = [](const TlsFiles& files) -> std::string {
    try {
      return TlsCertificate(files).description();
    } catch (const StartupError& error) {
      return error.what();
    }
  };
  const Certificate certificate;
  const TlsFiles& good = certificate.files;
  const std::string pipe = good.certificate + ".pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  // The pipe comes last: wrong code fails at /dev/null and does not block.
  for (const std::string& each : {std::string("/dev/null"), pipe}) {
    ASSERT_EQ(error_of({.certificate = each, .key = good.key}),
              "CS_TLS_CERT " + each + ": cannot read the file: not a regular file");
    ASSERT_EQ(error_of({.certificate = good.certificate, .key = each}),
              "CS_TLS_KEY " + each + ": cannot read the file: not a regular file");
  }
}

}  // namespace
}  // namespace cs
