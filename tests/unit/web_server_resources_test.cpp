// SPDX-License-Identifier: MIT
// What the server serves by GET: the page, its configuration, status, metrics and health.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "base/embedded.hpp"
#include "cubestream/clock.hpp"
#include "fakes/server_fixture.hpp"
#include "network/turn_login.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::HttpReply;

std::string_view embedded(std::string_view name) {
  for (const EmbeddedFile& file : embedded_page)
    if (file.name == name) return file.contents;
  return "(missing)";
}

TEST(WebServerResources, ServesThePageAndItsFilesWithTheirTypes) {
  ServerFixture server;
  for (const char* path : {"/", "/index.html"}) {
    const HttpReply reply = http(server.port, "GET", path);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, embedded("index.html"));
    EXPECT_TRUE(reply.has("Content-Type: text/html; charset=utf-8\r\n"));
  }
  ASSERT_FALSE(embedded_page.empty());
  for (const EmbeddedFile& file : embedded_page) {
    const HttpReply reply = http(server.port, "GET", "/" + std::string(file.name));
    EXPECT_EQ(reply.body, file.contents) << file.name;
    EXPECT_FALSE(reply.has("application/octet-stream")) << file.name;
    EXPECT_TRUE(reply.has("Cache-Control: no-cache\r\n"));
    EXPECT_TRUE(reply.has("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(reply.has("Content-Security-Policy: default-src 'none'"));
    EXPECT_FALSE(reply.has("erver:")) << reply.head;
  }
}

TEST(WebServerResources, ServesHealthAndConfiguration) {
  ServerFixture server;
  const HttpReply health = http(server.port, "GET", "/healthz");
  EXPECT_EQ(health.status(), 200);
  EXPECT_EQ(health.body, "ok\n");
  EXPECT_TRUE(health.has("Content-Type: text/plain"));
  const HttpReply config = http(server.port, "GET", "/config.json?x=1");
  EXPECT_EQ(config.body, R"({"iceServers":[],"width":1280,"height":720,"fps":30})");
  EXPECT_TRUE(config.has("Content-Type: application/json"));
}

TEST(WebServerResources, TheConfigurationFollowsTheSizeOfTheScene) {
  LatestValue<SceneState> scene;
  scene.publish({{640, 480}});
  ServerFixture server({.format = {{1280, 720}, 25}, .scene = &scene});
  EXPECT_EQ(http(server.port, "GET", "/config.json").body, R"({"iceServers":[],"width":640,"height":480,"fps":25})");
  scene.publish({{1920, 1080}});
  EXPECT_EQ(http(server.port, "GET", "/config.json").body, R"({"iceServers":[],"width":1920,"height":1080,"fps":25})");
  EXPECT_THAT(http(server.port, "GET", "/api/status").body,
              testing::HasSubstr(R"("picture":{"width":1920,"height":1080,"fps":25})"));
}

TEST(WebServerResources, TheConfigurationIsNotCached) {
  for (const char* secret : {"", "sesame-4711"}) {
    ServerFixture server(
        {.ice_servers = {.stun = {}, .turn = "turn://t:1", .turn_user = "u", .turn_pass = "p", .turn_secret = secret}});
    for (const char* method : {"GET", "HEAD"}) {
      const HttpReply config = http(server.port, method, "/config.json", "If-None-Match: *\r\n");
      EXPECT_EQ(config.status(), 200);
      EXPECT_TRUE(config.has("Cache-Control: no-store\r\n"));
      EXPECT_TRUE(config.has("Content-Type: application/json"));
      EXPECT_FALSE(config.has("ETag: "));
    }
  }
}

TEST(WebServerResources, EachConfigurationHasItsOwnCredentialsForOneHour) {
  ServerFixture server(
      {.ice_servers = {
           .stun = {}, .turn = "turn://t:1", .turn_user = {}, .turn_pass = {}, .turn_secret = "sesame-4711"}});
  std::set<std::string> users;
  for (int i = 0; i < 4; ++i) {
    const auto before = wall_second();
    const auto config = nlohmann::json::parse(http(server.port, "GET", "/config.json").body);
    EXPECT_EQ(config["ttl"], 3600);
    const std::string user = config["iceServers"][0]["username"];
    const std::chrono::sys_seconds expires{std::chrono::seconds(std::stoll(user))};
    EXPECT_GE(expires, before + 1h);
    EXPECT_LE(expires, wall_second() + 1h);
    users.insert(user);
  }
  EXPECT_EQ(users.size(), 4U);
}

TEST(WebServerResources, StatusIsCurrent) {
  ServerFixture server;
  server.metrics.state("renderer", "a renderer \"\xff\"");
  server.metrics.state("encoder", "x264enc", "H264");
  server.metrics.stage("draw").add(std::chrono::milliseconds(3));
  const auto status = [&] {
    const HttpReply reply = http(server.port, "GET", "/api/status");
    EXPECT_EQ(reply.status(), 200);
    EXPECT_TRUE(reply.has("Cache-Control: no-store"));
    return nlohmann::json::parse(reply.body);
  };
  const auto before = status();
  EXPECT_EQ(before["renderer"], "a renderer \"\xef\xbf\xbd\"");
  EXPECT_EQ(before["encoders"], (nlohmann::json{{"H264", "x264enc"}}));
  EXPECT_EQ(before["picture"]["width"], 1280);
  server.metrics.stage("draw").add(std::chrono::milliseconds(4));
  const auto after = status();
  EXPECT_GT(after["uptimeS"], before["uptimeS"]);
  const auto& stages = after["stages"];
  EXPECT_EQ(stages["draw"]["count"], 2);
  EXPECT_EQ(stages["draw"]["sumUs"], 7000);
  EXPECT_EQ(stages["draw"]["buckets"].size(), stages["boundsUs"].size() + 1);
  EXPECT_EQ(http(server.port, "POST", "/api/status", "Content-Length: 0\r\n").status(), 405);
}

TEST(WebServerResources, StatusContainsTheReasonForAnEncoder) {
  ServerFixture server;
  server.metrics.state("encoder", "x264enc", "H264");
  server.metrics.state("encoder_reason", "the first that works", "H264");
  const auto status = nlohmann::json::parse(http(server.port, "GET", "/api/status").body);
  EXPECT_EQ(status["encoders"], (nlohmann::json{{"H264", "x264enc"}}));
  EXPECT_EQ(status["encodersWhy"], (nlohmann::json{{"H264", "the first that works"}}));
}

TEST(WebServerResources, StatusContainsFiguresButNoAddressesOfViewers) {
  ServerFixture server;
  server.viewers.publish(
      {{.client = 7,
        .codec = Codec::vp8,
        .state = ViewerState::orphaned,
        .since = Clock::now() - 2s,
        .connected_after = 40ms,
        .bytes = 1000,
        .packets = 3,
        .pictures = 2,
        .pictures_skipped = 1,
        .picture = {{640, 360}, 30},
        .moves_down = 2,
        .moves_up = 1,
        .limited_s = 1.5,
        .bytes_per_second = 500,
        .carries_bits_per_second = 1'200'000.4,
        .reception = Reception{.round_trip_s = 0.02, .loss = 0.25, .packets_lost = 1, .jitter_s = 0.001}},
       {.client = 8, .since = Clock::now()}});
  const auto viewers = nlohmann::json::parse(http(server.port, "GET", "/api/status").body)["viewers"];
  ASSERT_EQ(viewers.size(), 2U);
  EXPECT_GE(viewers[0]["hereS"], 2);
  auto first = viewers[0];
  first.erase("hereS");
  EXPECT_EQ(first, nlohmann::json::parse(R"({"viewer":7,"state":"orphaned","codec":"VP8","connectedAfterMs":40.0,
      "bytes":1000,"packets":3,"pictures":2,"picturesSkipped":1,
      "picturesSkippedForNetwork":0,"picture":{"width":640,"height":360,"fps":30},"movesDown":2,"movesUp":1,
      "limitedByNetworkS":1.5,"slowed":false,"bytesPerSecond":500.0,
      "networkCarriesBitsPerSecond":1200000.0,"roundTripMs":20.0,"jitterMs":1.0,"loss":0.25,"packetsLost":1})"));
  EXPECT_EQ(viewers[1]["state"], "connecting");
  EXPECT_TRUE(viewers[1]["roundTripMs"].is_null());
  EXPECT_TRUE(viewers[1]["networkCarriesBitsPerSecond"].is_null());
}

TEST(WebServerResources, MetricsAreInPrometheusFormat) {
  ServerFixture server;
  const HttpReply reply = http(server.port, "GET", "/metrics");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_TRUE(reply.has("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_TRUE(reply.has("Cache-Control: no-store"));
  EXPECT_THAT(reply.body, HasSubstr("\ncubestream_net_connections 1\n"));
}

TEST(WebServerResources, ReadinessIsCurrentAndContainsTheReason) {
  ServerFixture server;
  const HttpReply early = http(server.port, "GET", "/readyz");
  EXPECT_EQ(early.status(), 503);
  EXPECT_TRUE(early.has("Retry-After: "));
  EXPECT_THAT(early.body, HasSubstr("Not ready: no GL context"));
  server.metrics.get("gl_context_up").add();
  const HttpReply ready = http(server.port, "GET", "/readyz");
  EXPECT_EQ(ready.status(), 200);
  EXPECT_EQ(ready.body, "ready\n");
  server.metrics.heartbeat(Heartbeat::Kind::frames, "H264").tick(Clock::now() - 1h);
  EXPECT_THAT(http(server.port, "GET", "/readyz").body, HasSubstr("codec H264: no frame encoded for 3600."));
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200) << "the process is alive";
}

TEST(WebServerResources, MatchingETagGets304) {
  ServerFixture server;
  const HttpReply first = http(server.port, "GET", "/");
  const auto begin = first.head.find("ETag: ");
  ASSERT_NE(begin, first.head.npos);
  const std::string etag = first.head.substr(begin + 6, first.head.find('\r', begin) - begin - 6);
  const HttpReply again = http(server.port, "GET", "/", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status(), 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(http(server.port, "GET", "/", "If-None-Match: \"other\"\r\n").status(), 200);
}

}  // namespace
}  // namespace cs
