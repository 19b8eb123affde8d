// SPDX-License-Identifier: MIT
#include "webrtc/peer_certificate.hpp"

#include <gtest/gtest.h>

namespace cs {
namespace {

TEST(PeerCertificate, SecondDifferentCertificateInvalidatesTheFirst) {
  PeerCertificate certificate;
  EXPECT_EQ(certificate.pem(), "");
  certificate.show("one");
  EXPECT_EQ(certificate.pem(), "one");
  certificate.show("one");
  EXPECT_EQ(certificate.pem(), "one");
  certificate.show("another");
  EXPECT_EQ(certificate.pem(), "");
  certificate.show("one");
  EXPECT_EQ(certificate.pem(), "");
}

}  // namespace
}  // namespace cs
