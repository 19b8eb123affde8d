// SPDX-License-Identifier: MIT
#include "net/page_config.hpp"

#include <gtest/gtest.h>

namespace cs {
namespace {

TEST(PageConfig, WithoutServersTheListIsEmpty) {
  EXPECT_EQ(page_config({}, {{640, 360}, 60}), R"({"iceServers":[],"width":640,"height":360,"fps":60})");
}

TEST(PageConfig, UsesTheBrowsersFormOfTheUrisAndKeepsTheTransport) {
  const IceServers servers = {"stun://stun.example:3478", "turns://[2001:db8::1]:5349?transport=tcp", "anna",
                              "p:w@d/?"};
  EXPECT_EQ(page_config(servers, {}),
            R"({"iceServers":[{"urls":["stun:stun.example:3478"]},)"
            R"({"urls":["turns:[2001:db8::1]:5349?transport=tcp"],"username":"anna","credential":"p:w@d/?"}],)"
            R"("width":1280,"height":720,"fps":30})");
}

TEST(PageConfig, EscapesWhatJsonWouldMisread) {
  const std::string text = page_config({"", "turn://t:1", "quo\"te\\", "bad \xff utf-8\n"}, {});
  EXPECT_NE(text.find(R"("username":"quo\"te\\")"), text.npos);
  EXPECT_NE(text.find("\"credential\":\"bad \xef\xbf\xbd utf-8\\n\""), text.npos);
}

}  // namespace
}  // namespace cs
