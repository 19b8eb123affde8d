// SPDX-License-Identifier: MIT
#include "net/page_config.hpp"

#include <gtest/gtest.h>

#include <string>
#include <vector>

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

TEST(PageConfig, WhepPlayersLearnOfTheSameServersByLinks) {
  EXPECT_TRUE(ice_links({}).empty());
  const IceServers servers = {"stun://stun.example:3478", "turn://turn.example:3478?transport=tcp", "an\"na", "p\\w"};
  EXPECT_EQ(ice_links(servers),
            (std::vector<std::string>{R"(<stun:stun.example:3478>; rel="ice-server")",
                                      R"(<turn:turn.example:3478?transport=tcp>; rel="ice-server"; username="an\"na"; )"
                                      R"(credential="p\\w"; credential-type="password")"}));
}

}  // namespace
}  // namespace cs
