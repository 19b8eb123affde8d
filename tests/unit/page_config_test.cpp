// SPDX-License-Identifier: MIT
#include "signalling/page_config.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace cs {
namespace {

TEST(PageConfig, WithoutIceServersTheListIsEmpty) {
  EXPECT_EQ(page_config({}, {{640, 360}, 60}), R"({"iceServers":[],"width":640,"height":360,"fps":60})");
}

TEST(PageConfig, ConvertsUrisToTheBrowserFormAndKeepsTheTransport) {
  const IceServers servers = {"stun://stun.example:3478", "turns://[2001:db8::1]:5349?transport=tcp", "anna",
                              "p:w@d/?"};
  EXPECT_EQ(page_config(servers, {}),
            R"({"iceServers":[{"urls":["stun:stun.example:3478"]},)"
            R"({"urls":["turns:[2001:db8::1]:5349?transport=tcp"],"username":"anna","credential":"p:w@d/?"}],)"
            R"("width":1280,"height":720,"fps":30})");
}

TEST(PageConfig, EscapesSpecialCharacters) {
  const std::string text = page_config({"", "turn://t:1", "quo\"te\\", "bad \xff utf-8\n"}, {});
  EXPECT_NE(text.find(R"("username":"quo\"te\\")"), text.npos);
  EXPECT_NE(text.find("\"credential\":\"bad \xef\xbf\xbd utf-8\\n\""), text.npos);
}

TEST(PageConfig, ContainsTheLifetimeOfTemporaryCredentials) {
  using namespace std::chrono_literals;
  const IceServers servers = {"", "turn://t:1", "", "", "sesame-4711"};
  const auto config = nlohmann::json::parse(page_config(servers, {}, std::chrono::sys_seconds(1700000000s)));
  EXPECT_EQ(config["ttl"], 3600);
  const std::string user = config["iceServers"][0]["username"];
  EXPECT_TRUE(user.starts_with("1700003600:")) << user;
  EXPECT_FALSE(config.dump().find("sesame") != std::string::npos);
  EXPECT_FALSE(nlohmann::json::parse(page_config({"stun://a:1", "", "", "", "sesame-4711"}, {})).contains("ttl"));
  EXPECT_FALSE(nlohmann::json::parse(page_config({"", "turn://t:1", "u", "p"}, {})).contains("ttl"));
}

TEST(PageConfig, LinksContainTheSameServersForWhep) {
  EXPECT_TRUE(ice_links({}).empty());
  const IceServers servers = {"stun://stun.example:3478", "turn://turn.example:3478?transport=tcp", "an\"na", "p\\w"};
  EXPECT_EQ(ice_links(servers),
            (std::vector<std::string>{R"(<stun:stun.example:3478>; rel="ice-server")",
                                      R"(<turn:turn.example:3478?transport=tcp>; rel="ice-server"; username="an\"na"; )"
                                      R"(credential="p\\w"; credential-type="password")"}));
}

}  // namespace
}  // namespace cs
