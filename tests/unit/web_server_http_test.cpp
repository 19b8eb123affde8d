// SPDX-License-Identifier: MIT
// HTTP connections: methods, several requests, slow and broken clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <string>
#include <utility>

#include "fakes/server_fixture.hpp"
#include "signalling/page_config.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::HttpReply;
using test::RawClient;

/// Makes /config.json at least as long as the text.
IceServers only_stun(std::string text) {
  return {.stun = std::move(text), .turn = {}, .turn_user = {}, .turn_pass = {}};
}

TEST(WebServerHttp, AnswersHeadWithoutABody) {
  ServerFixture server;
  const HttpReply reply = http(server.port, "HEAD", "/healthz");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_TRUE(reply.has("Content-Length: 3\r\n"));
  EXPECT_EQ(reply.body, "");
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

TEST(WebServerHttp, ConnectionWithoutACompleteRequestIsClosed) {
  ServerFixture server({.timeouts = {.http = {.head = 200ms}}});
  RawClient silent(server.port);
  RawClient incomplete(server.port);
  incomplete.write("GET / HT");
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(incomplete.read_all(), "");
}

}  // namespace
}  // namespace cs
