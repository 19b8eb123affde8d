// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "base/embedded.hpp"
#include "cubestream/clock.hpp"
#include "fakes/server_fixture.hpp"
#include "signalling/page_config.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::HttpReply;
using test::RawClient;
using test::WsClient;

std::string_view embedded(std::string_view name) {
  for (const EmbeddedFile& file : embedded_page)
    if (file.name == name) return file.contents;
  return "(missing)";
}

/// Makes /config.json at least as long as the text.
IceServers only_stun(std::string text) {
  return {.stun = std::move(text), .turn = {}, .turn_user = {}, .turn_pass = {}};
}

TEST(WebServerHttp, ServesThePageAndItsFilesWithTheirTypes) {
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

TEST(WebServerHttp, ServesHealthAndConfiguration) {
  ServerFixture server;
  const HttpReply health = http(server.port, "GET", "/healthz");
  EXPECT_EQ(health.status(), 200);
  EXPECT_EQ(health.body, "ok\n");
  EXPECT_TRUE(health.has("Content-Type: text/plain"));
  const HttpReply config = http(server.port, "GET", "/config.json?x=1");
  EXPECT_EQ(config.body, R"({"iceServers":[],"width":1280,"height":720,"fps":30})");
  EXPECT_TRUE(config.has("Content-Type: application/json"));
  EXPECT_TRUE(config.has("ETag: "));
  EXPECT_FALSE(config.has("no-store"));
}

TEST(WebServerHttp, ConfigurationWithCredentialsIsNotCached) {
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

TEST(WebServerHttp, EachConfigurationHasItsOwnCredentialsForOneHour) {
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

TEST(WebServerHttp, AnswersHeadWithoutABody) {
  ServerFixture server;
  const HttpReply reply = http(server.port, "HEAD", "/healthz");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_TRUE(reply.has("Content-Length: 3\r\n"));
  EXPECT_EQ(reply.body, "");
}

TEST(WebServerHttp, StatusIsCurrent) {
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

TEST(WebServerHttp, StatusContainsTheReasonForAnEncoder) {
  ServerFixture server;
  server.metrics.state("encoder", "x264enc", "H264");
  server.metrics.state("encoder_reason", "the first that works", "H264");
  const auto status = nlohmann::json::parse(http(server.port, "GET", "/api/status").body);
  EXPECT_EQ(status["encoders"], (nlohmann::json{{"H264", "x264enc"}}));
  EXPECT_EQ(status["encodersWhy"], (nlohmann::json{{"H264", "the first that works"}}));
}

TEST(WebServerHttp, StatusContainsFiguresButNoAddressesOfViewers) {
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

TEST(WebServerHttp, MetricsAreInPrometheusFormat) {
  ServerFixture server;
  const HttpReply reply = http(server.port, "GET", "/metrics");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_TRUE(reply.has("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"));
  EXPECT_TRUE(reply.has("Cache-Control: no-store"));
  EXPECT_THAT(reply.body, HasSubstr("\ncubestream_net_connections 1\n"));
}

TEST(WebServerHttp, ReadinessIsCurrentAndContainsTheReason) {
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

TEST(WebServerHttp, MatchingETagGets304) {
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

TEST(WebServerHttp, UnknownPathsAndMethodsGetAnError) {
  ServerFixture server;
  for (const char* path : {"/nothing", "/../etc/passwd", "/index.html/", "/%2e%2e/x", "/index"}) {
    const HttpReply reply = http(server.port, "GET", path);
    EXPECT_TRUE(reply.status() == 404 || reply.status() == 403) << path << ": " << reply.head;
  }
  EXPECT_NE(http(server.port, "GET", "/nothing").body, "");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const HttpReply reply = http(server.port, method, "/healthz", "Content-Length: 0\r\n");
    EXPECT_EQ(reply.status(), 405) << method;
    EXPECT_TRUE(reply.has("Allow: GET, HEAD\r\n"));
  }
  EXPECT_EQ(http(server.port, "POST", "/nothing", "Content-Length: 0\r\n").status(), 404);
  EXPECT_EQ(http(server.port, "GET", "/ws").status(), 426);
}

TEST(WebServerHttp, UnexpectedBodyClosesTheConnection) {
  ServerFixture server;
  RawClient client(server.port);
  client.write("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100000000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("405"));
  client.read_all();  // throws unless the server closes the connection
  EXPECT_EQ(http(server.port, "GET", "/", "Content-Length: 1\r\n").status(), 400);
}

TEST(WebServerHttp, BodyBetweenTwoRequestsDoesNotStopTheServer) {
  ServerFixture server;
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const char* field : {"Content-Length: 5", "Transfer-Encoding: chunked", "X: y"}) {
    RawClient client(server.port);
    client.write(get + "POST /healthz HTTP/1.1\r\nHost: localhost\r\n" + field + "\r\n\r\nhello" + get);
    EXPECT_THAT(client.read_all(), HasSubstr("405")) << field;
    EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
  }
}

TEST(WebServerHttp, OneConnectionServesManyRequests) {
  ServerFixture server;
  RawClient client(server.port);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    client.write(request);
    EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK")) << i;
  }
  client.write(request + request + request);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK")) << i;
}

TEST(WebServerHttp, ResponseThatNeedsManyWritesArrivesCompletely) {
  std::string stun;
  for (int i = 0; stun.size() < 3'000'000; ++i) stun += std::to_string(i) + " ";
  ServerFixture server({.ice_servers = only_stun(stun)});
  RawClient client(server.port, 4096);
  client.write("GET /config.json HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  client.read_until("\r\n\r\n");
  EXPECT_TRUE(client.read_all() == page_config(only_stun(stun), {}));
}

TEST(WebServerHttp, ClientThatDoesNotReadIsClosedWithOrWithoutANextRequest) {
  ServerFixture server(
      {.ice_servers = only_stun(std::string(20'000'000, ' ')), .timeouts = {.http = {.reply = 300ms}}});
  RawClient single(server.port, 4096);
  RawClient client(server.port, 4096);
  const std::string request = "GET /config.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (RawClient* each : {&single, &client}) {
    each->write(request);
    EXPECT_THAT(each->read_until("\r\n\r\n"), HasSubstr(" 200 OK"));
  }
  client.write(request);
  EXPECT_TRUE(client.wait_until_cut());
  server.wait_for_metric("net_connections", 0);
}

TEST(WebServerHttp, ClientThatSendsRequestsAndNeverReadsIsClosed) {
  ServerFixture server({.ice_servers = only_stun(std::string(100'000, ' ')), .timeouts = {.http = {.reply = 300ms}}});
  RawClient client(server.port, 4096);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /config.json HTTP/1.1\r\nHost: localhost\r\n\r\n";
  client.write(requests);
  EXPECT_TRUE(client.wait_until_cut());
  server.wait_for_metric("net_connections", 0);
}

TEST(WebServerHttp, OnlyWebSocketUpgradesAtTheirPathAreAccepted) {
  ServerFixture server;
  const auto upgrade = [&](const std::string& kind, const std::string& path) {
    return http(server.port, "GET", path,
                "Upgrade: " + kind +
                    "\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  };
  EXPECT_EQ(upgrade("h2c", "/").status(), 200) << "stays HTTP/1.1";
  EXPECT_EQ(upgrade("H2C", "/ws").status(), 426);
  EXPECT_EQ(upgrade("websocket", "/").status(), 404);
  EXPECT_EQ(upgrade("websocket", "/ws/").status(), 404);
  EXPECT_EQ(upgrade("something", "/ws").status(), 426);
  EXPECT_EQ(http(server.port, "GET", "/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\n").status(), 400);
  EXPECT_EQ(http(server.port, "CONNECT", "/ws").status(), 426);
  EXPECT_EQ(http(server.port, "POST", "/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\n").status(), 400);
  EXPECT_EQ(http(server.port, "GET", "/ws", "Upgrade: websocket\r\n").status(), 426) << "not listed in Connection";
  RawClient prior_knowledge(server.port);
  prior_knowledge.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_THAT(prior_knowledge.read_all(), testing::Not(HasSubstr("101")));
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerHttp, ConnectionsWaitWhileNoFileDescriptorIsFree) {
  ServerFixture server;
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = dup(0);
  close(lowest_free);
  rlimit one_left = before;
  one_left.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
  setrlimit(RLIMIT_NOFILE, &one_left);
  RawClient client(server.port);  // uses the last descriptor
  client.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_TRUE(client.stays_quiet(300ms));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK"));
}

}  // namespace
}  // namespace cs
