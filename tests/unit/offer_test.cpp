// SPDX-License-Identifier: MIT
#include "sdp/offer.hpp"

#include <gtest/gtest.h>

#include <string>

#include "unit/offers.hpp"

namespace cs {
namespace {

using test::file;

TEST(Offer, SectionsInheritSessionLevelCredentials) {
  const auto sections = Offer(
                            "v=0\r\na=ice-ufrag:all\r\na=ice-pwd:session\r\nm=audio 9 X 1\r\na=mid:0\r\n"
                            "m=video 9 X 1\r\na=mid:1\r\na=ice-ufrag:own\r\na=ice-pwd:its own\r\n")
                            .ice_credentials();
  ASSERT_EQ(sections.size(), 2U);
  EXPECT_EQ(sections[0].mid + sections[0].ufrag + sections[0].pwd, "0allsession");
  EXPECT_EQ(sections[1].mid + sections[1].ufrag + sections[1].pwd, "1ownits own");
  EXPECT_TRUE(Offer("").ice_credentials().empty());
}

TEST(Offer, CredentialsOfBrowsersAreRead) {
  for (const char* name : {"chromium-156-recvonly-video-audio-data", "firefox-esr-153-recvonly-video",
                           "pion-3.1-recvonly-video", "gstreamer-1.22-recvonly-video", "safari-style-recvonly-video"}) {
    const auto sections = Offer(file(name + std::string(".sdp"))).ice_credentials();
    ASSERT_FALSE(sections.empty()) << name;
    for (const IceCredentials& section : sections) {
      EXPECT_FALSE(section.ufrag.empty()) << name;
      EXPECT_FALSE(section.pwd.empty()) << name;
    }
  }
}

}  // namespace
}  // namespace cs
