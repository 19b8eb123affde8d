// SPDX-License-Identifier: MIT
// Every request passes the request authorizer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "access/base64url.hpp"
#include "fakes/server_fixture.hpp"
#include "fakes/whep_client.hpp"

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

namespace cs {
namespace {

using test::ask;
using test::field;
using test::http;
using test::HttpReply;
using test::kWhepOffer;
using test::next_reply;
using test::post;
using test::RawClient;
using test::request;

const std::string kSecret = "0123456789abcdef0123456789abcdef";
const std::string kBearer = "Authorization: Bearer " + kSecret + "\r\n";

ServerFixture::Options options() {
  return {.connections = 64,
          .api = {{.path = "/api/thing", .methods = {ApiMethod::get, ApiMethod::post}, .max_body_bytes = 100}},
          .access = {.token = kSecret}};
}

/// Sends a WebSocket upgrade request and returns the response.
HttpReply begin_websocket(RawClient& client, const std::string& fields) {
  client.write(
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
      fields + "\r\n");
  return {.head = client.read_until("\r\n\r\n"), .body = ""};
}

TEST(WebServerAccess, RequestsWithoutATokenAreRefused) {
  ServerFixture server(options());
  for (const char* path : {"/config.json", "/api/status", "/api/thing", "/metrics", "/whep", "/whep/0123"}) {
    const HttpReply reply = http(server.port, "GET", path);
    EXPECT_EQ(reply.status(), 401) << path;
    EXPECT_EQ(field(reply, "WWW-Authenticate"), "Bearer realm=\"cubestream\"");
    EXPECT_THAT(reply.body, HasSubstr("token"));
  }
  EXPECT_EQ(ask(server.port, post()).status(), 401);
  EXPECT_EQ(ask(server.port, request("POST", "/api/thing", "", "body")).status(), 401);
  RawClient client(server.port);
  EXPECT_EQ(begin_websocket(client, "").status(), 401);
  EXPECT_FALSE(server.has_question());
  EXPECT_EQ(server.to_viewers.size(), 0U);
  for (const char* path : {"/", "/session.js", "/healthz"})
    EXPECT_EQ(http(server.port, "GET", path).status(), 200) << path;
  EXPECT_EQ(http(server.port, "GET", "/readyz").status(), 503);
}

TEST(WebServerAccess, TurnCredentialsAreOnlySentToAuthorizedClients) {
  ServerFixture::Options with_relay = options();
  with_relay.ice_servers = {
      .stun = {}, .turn = "turn://t:1", .turn_user = {}, .turn_pass = {}, .turn_secret = "sesame-4711"};
  ServerFixture server(with_relay);
  const std::string preflight = "Access-Control-Request-Method: POST\r\n";
  const std::string wrong = "Authorization: Bearer wrong\r\n";
  for (const auto& text : {request("GET", "/config.json", ""), request("GET", "/config.json", wrong),
                           request("OPTIONS", "/config.json", ""), request("OPTIONS", "/config.json", preflight),
                           request("OPTIONS", "/whep", ""), request("OPTIONS", "/whep", preflight), post()}) {
    const HttpReply reply = ask(server.port, text);
    for (const std::string& part : {reply.head, reply.body}) {
      EXPECT_THAT(part, Not(HasSubstr("turn:"))) << text;
      EXPECT_THAT(part, Not(HasSubstr("credential\""))) << text;
    }
  }
  EXPECT_THAT(http(server.port, "GET", "/config.json", kBearer).body, HasSubstr("\"credential\""));
}

TEST(WebServerAccess, RequestsWithATokenWork) {
  ServerFixture server(options());
  EXPECT_THAT(http(server.port, "GET", "/config.json", kBearer).body, StartsWith("{\"iceServers\""));
  EXPECT_EQ(http(server.port, "GET", "/metrics", kBearer).status(), 200);
  RawClient asker(server.port);
  asker.write(request("POST", "/api/thing", kBearer, "body"));
  server.answer(server.next_question().number, {.status = 200});
  EXPECT_EQ(next_reply(asker).status(), 200);
  RawClient player(server.port);
  player.write(post(kWhepOffer, kBearer));
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.say(id, SendAnswer{"v=0"});
  const std::string session = "/" + field(next_reply(player), "Location");
  EXPECT_EQ(ask(server.port, request("DELETE", session, "")).status(), 401);
  EXPECT_EQ(ask(server.port, request("DELETE", session, kBearer)).status(), 200);
}

TEST(WebServerAccess, WebSocketAcceptsATokenInItsProtocolsAndDoesNotEchoIt) {
  ServerFixture server(options());
  for (const std::string& fields :
       {kBearer, "Sec-WebSocket-Protocol: cubestream, bearer." + base64url(kSecret) + "\r\n"}) {
    RawClient client(server.port);
    const HttpReply reply = begin_websocket(client, fields);
    EXPECT_EQ(reply.status(), 101) << reply.head;
    EXPECT_EQ(field(reply, "Sec-WebSocket-Protocol"), fields == kBearer ? "(none)" : "cubestream");
    EXPECT_THAT(reply.head, Not(HasSubstr(base64url(kSecret))));
    server.next_is<ClientJoined>();
    client.hang_up();
    server.next_is<ClientLeft>();
  }
  RawClient wrong(server.port);
  EXPECT_EQ(
      begin_websocket(wrong, "Sec-WebSocket-Protocol: cubestream, bearer." + base64url("guess") + "\r\n").status(),
      401);
}

TEST(WebServerAccess, WebSocketAcceptsTheLongestToken) {
  const std::string secret(80, '~');
  ServerFixture server({.access = {.token = secret}});
  RawClient client(server.port);
  EXPECT_EQ(
      begin_websocket(client, "Sec-WebSocket-Protocol: cubestream, bearer." + base64url(secret) + "\r\n").status(),
      101);
}

TEST(WebServerAccess, WrongTokensAreRateLimited) {
  ServerFixture server(options());
  HttpReply reply;
  for (int i = 0; i < 10; ++i)
    EXPECT_EQ(http(server.port, "GET", "/config.json", "Authorization: Bearer x\r\n").status(), 401);
  do reply = http(server.port, "GET", "/config.json", "Authorization: Bearer x\r\n");
  while (reply.status() == 401);  // one more token became available if this took more than six seconds
  EXPECT_EQ(reply.status(), 429);
  EXPECT_GE(std::stoi(field(reply, "Retry-After")), 1);
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerAccess, OnlyAllowedOriginsCanUseWebSocketAndWhep) {
  ServerFixture server({.connections = 64, .access = {.allowed_origins = {"https://dash.example"}}});
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost.evil.example", "https://localhost:1",
        "http://localhost@evil.example", "https://dash.example.evil.com", "https://dash.example:1"}) {
    RawClient client(server.port);
    EXPECT_EQ(begin_websocket(client, std::string("Origin: ") + origin + "\r\n").status(), 403) << origin;
    const HttpReply reply = ask(server.port, post(kWhepOffer, std::string("Origin: ") + origin + "\r\n"));
    EXPECT_EQ(reply.status(), 403) << origin;
    EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "(none)");
  }
  EXPECT_EQ(server.to_viewers.size(), 0U);
  for (const char* origin : {"http://localhost", "https://dash.example"}) {
    RawClient client(server.port);
    EXPECT_EQ(begin_websocket(client, std::string("Origin: ") + origin + "\r\n").status(), 101) << origin;
  }
  const HttpReply no_offer = ask(server.port, request("POST", "/whep", "Origin: https://dash.example\r\n"));
  EXPECT_EQ(no_offer.status(), 415);
  EXPECT_EQ(field(no_offer, "Access-Control-Allow-Origin"), "https://dash.example") << "the page can read the reason";
  EXPECT_EQ(field(no_offer, "Vary"), "Origin");
}

TEST(WebServerAccess, AllowedOriginGetsCorsFieldsForPreflightAndResponse) {
  ServerFixture::Options open = options();
  open.access = {.token = kSecret, .allowed_origins = {"https://dash.example"}};
  ServerFixture server(open);
  const std::string dash = "Origin: https://dash.example\r\n";
  for (const char* path : {"/api/thing", "/whep"}) {
    const HttpReply reply =
        ask(server.port, request("OPTIONS", path, dash + "Access-Control-Request-Method: POST\r\n"));
    EXPECT_EQ(reply.status(), 204) << path;
    EXPECT_EQ(field(reply, "Access-Control-Allow-Origin"), "https://dash.example");
    EXPECT_THAT(field(reply, "Access-Control-Allow-Headers"), HasSubstr("authorization"));
  }
  RawClient client(server.port);
  client.write(request("GET", "/api/thing", dash + kBearer));
  server.answer(server.next_question().number, {.status = 200});
  EXPECT_EQ(field(next_reply(client), "Access-Control-Allow-Origin"), "https://dash.example");
  client.write(request("GET", "/api/status", kBearer));
  EXPECT_EQ(field(next_reply(client), "Access-Control-Allow-Origin"), "(none)")
      << "fields of the previous request are not reused";
}

TEST(WebServerAccess, ServerOnLoopbackRefusesOtherHostNames) {
  ServerFixture server;
  const auto by = [&](const std::string& host) {
    return ask(server.port, "GET /healthz HTTP/1.1\r\nHost: " + host + "\r\n\r\n").status();
  };
  EXPECT_EQ(by("localhost:" + std::to_string(server.port)), 200);
  EXPECT_EQ(by("[::1]"), 200);
  EXPECT_EQ(by("evil.example"), 421);
  ServerFixture world({.host = "0.0.0.0"});
  EXPECT_EQ(ask(world.port, "GET /healthz HTTP/1.1\r\nHost: cube.example\r\n\r\n").status(), 200);
}

TEST(WebServerAccess, OnlyTheTlsTerminatorCanConnectToItsUpstream) {
  // Accepts every port. Other addresses of this machine may use the same port numbers as its sessions.
  ServerFixture server({.tls = TlsUpstream{.client_behind = [](int) {
                          return ConnectionEnds{"192.0.2.1", "192.0.2.2"};
                        }}});
  EXPECT_EQ(ask(server.port, request("GET", "/healthz", "")).status(), 200);
  RawClient other_address(server.port, 0, 2);
  other_address.write(request("GET", "/healthz", ""));
  EXPECT_EQ(other_address.read_all(), "");
}

TEST(WebServerAccess, EveryResponseHasTheBrowserSecurityFields) {
  ServerFixture server({.access = {.token = kSecret, .frame_ancestors = {"none"}}});
  for (const char* path : {"/", "/healthz", "/config.json", "/nothing", "/whep"}) {
    const HttpReply reply = http(server.port, "GET", path);
    EXPECT_THAT(field(reply, "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'")) << path;
    EXPECT_EQ(field(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(field(reply, "Referrer-Policy"), "no-referrer");
    EXPECT_NE(field(reply, "Permissions-Policy"), "(none)");
  }
  EXPECT_EQ(field(ask(server.port, "nonsense\r\n\r\n"), "Referrer-Policy"), "no-referrer");
}

TEST(WebServerAccess, PageDoesNotPreloadAConfigurationThatNeedsAToken) {
  ServerFixture open;
  EXPECT_THAT(http(open.port, "GET", "/").body, HasSubstr("href=\"config.json\""));
  ServerFixture closed(options());
  const std::string page = http(closed.port, "GET", "/").body;
  EXPECT_THAT(page, Not(HasSubstr("config.json")));
  EXPECT_THAT(page, HasSubstr("href=\"signalling.js\""));
}

}  // namespace
}  // namespace cs
