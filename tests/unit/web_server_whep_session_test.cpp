// SPDX-License-Identifier: MIT
// The session of a player at /whep/ID: candidates, end, other methods.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "fakes/whep_fixture.hpp"

using testing::HasSubstr;

namespace cs {
namespace {

using test::ask;
using test::expect_refusal;
using test::expect_shared;
using test::field;
using test::http;
using test::HttpReply;
using test::kFragment;
using test::kFragmentType;
using test::kWhepOffer;
using test::next_reply;
using test::post;
using test::RawClient;
using test::request;
using test::Watching;
using test::WsClient;

TEST(WhepSession, TrickledCandidatesReachTheViewers) {
  ServerFixture server;
  const Watching watching(server);
  for (const std::string& match : {watching.etag, std::string("*"), std::string("\"*\""), "\"x\", " + watching.etag}) {
    const HttpReply reply = watching.patch(server, kFragment, "If-Match: " + match + "\r\n");
    EXPECT_EQ(reply.status(), 204) << match;
    EXPECT_EQ(field(reply, "ETag"), "(none)");
    EXPECT_EQ(reply.body, "");
    expect_shared(reply);
    const ClientEvent event = server.next_is<ClientTrickled>();
    EXPECT_EQ(event.client, watching.id);
    const Candidate candidate = std::get<ClientTrickled>(event.what).candidate;
    EXPECT_EQ(candidate.text, "candidate:1 1 udp 1 192.0.2.1 9 typ host");
    EXPECT_EQ(candidate.mline_index, 1U);
    EXPECT_EQ(std::get<ClientTrickled>(server.next_is<ClientTrickled>().what).candidate.text, "");
  }
}

TEST(WhepSession, CandidateFloodGets429AndTheSessionContinues) {
  ServerFixture server;
  const Watching watching(server);
  constexpr int kMany = 200;  // more than the rate limit accepts, even on a machine that needs seconds for them
  int accepted = 0;
  std::optional<HttpReply> refusal;
  for (int i = 0; i < kMany && !refusal; ++i) {
    const HttpReply reply = watching.patch(server, kFragment, "If-Match: *\r\n");
    if (reply.status() != 204)
      refusal = reply;
    else
      ++accepted;
    while (server.to_viewers.size() > 0) server.next();
  }
  ASSERT_TRUE(refusal) << accepted << " were accepted";
  expect_refusal(*refusal, 429);
  EXPECT_EQ(field(*refusal, "Retry-After"), "1");
  EXPECT_GE(accepted, 50);
  EXPECT_EQ(server.metric("net_whep_sessions"), 1);
}

TEST(WhepSession, PatchNeedsTheRightETag) {
  ServerFixture server;
  const Watching watching(server);
  expect_refusal(watching.patch(server, kFragment, ""), 428);
  expect_refusal(watching.patch(server, kFragment, "If-Match: \"other\"\r\n"), 412);
  expect_refusal(watching.patch(server, kFragment, "If-Match: W/" + watching.etag + "\r\n"), 412);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WhepSession, IceRestartIsRefusedAndTheSessionContinues) {
  ServerFixture server;
  const Watching watching(server);
  const HttpReply reply = watching.patch(server, "a=ice-ufrag:new\r\na=ice-pwd:new\r\nm=audio 9 X 1\r\na=mid:0\r\n");
  expect_refusal(reply, 422);
  EXPECT_THAT(reply.body, HasSubstr("ICE restart"));
  EXPECT_EQ(watching.patch(server, kFragment).status(), 204);
}

TEST(WhepSession, InvalidFragmentIsRefused) {
  ServerFixture server;
  const Watching watching(server);
  expect_refusal(watching.patch(server, "hello"), 400);
  expect_refusal(watching.patch(server, ""), 400);
  std::string many = "m=audio 9 X 1\r\n";
  for (int i = 0; i < 129; ++i) many += "a=candidate:1\r\n";
  expect_refusal(watching.patch(server, many), 413);
  expect_refusal(watching.patch(server, std::string(16 * 1024 + 1, 'x')), 413);
  const HttpReply type = ask(server.port, request("PATCH", watching.path, "If-Match: *\r\n", kFragment));
  expect_refusal(type, 415);
  EXPECT_EQ(field(type, "Accept-Patch"), "application/trickle-ice-sdpfrag");
  const std::string sdp = "Content-Type: application/sdp\r\nIf-Match: *\r\n";
  expect_refusal(ask(server.port, request("PATCH", watching.path, sdp, kFragment)), 415);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WhepSession, DeleteEndsTheSession) {
  ServerFixture server;
  const Watching watching(server);
  const HttpReply reply = ask(server.port, request("DELETE", watching.path, "If-Match: \"ignored\"\r\n"));
  EXPECT_EQ(reply.status(), 200);
  expect_shared(reply);
  const ClientEvent left = server.next_is<ClientLeft>();
  EXPECT_EQ(left.client, watching.id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  expect_refusal(ask(server.port, request("DELETE", watching.path, "")), 404);
  expect_refusal(watching.patch(server, kFragment), 404);
  EXPECT_EQ(server.metric("net_whep_sessions"), 0);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WhepSession, ViewersCanEndASession) {
  ServerFixture server;
  const Watching watching(server);
  server.say(watching.id, SendError{"vanished", "The client is gone."});
  server.say(watching.id, SendClose{1011, "vanished"});
  const ClientEvent left = server.next_is<ClientLeft>();
  EXPECT_EQ(left.client, watching.id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  EXPECT_EQ(std::get<ClientLeft>(left.what).reason, "closed by the server, 1011 vanished");
  expect_refusal(watching.patch(server, kFragment), 404);
}

TEST(WhepSession, SessionOutlivesItsConnection) {
  ServerFixture server;
  Watching watching(server);
  watching.client.hang_up();
  server.wait_for_metric("net_connections", 0);
  EXPECT_EQ(watching.patch(server, kFragment).status(), 204);
  server.next_is<ClientTrickled>();
  EXPECT_EQ(server.metric("net_whep_sessions"), 1);
}

TEST(WhepSession, OtherMethodsGet405WithTheAllowedMethods) {
  ServerFixture server;
  const Watching watching(server);
  for (const std::string& path : {std::string("/whep"), watching.path}) {
    EXPECT_EQ(http(server.port, "GET", path).status(), 204);
    EXPECT_EQ(http(server.port, "HEAD", path).status(), 204);
    const HttpReply put = ask(server.port, request("PUT", path, "Content-Type: application/sdp\r\n", kWhepOffer));
    expect_refusal(put, 405);
    const HttpReply options = http(server.port, "OPTIONS", path, "Access-Control-Request-Method: POST\r\n");
    EXPECT_EQ(options.status(), 204);
    EXPECT_EQ(field(options, "Accept-Post"), "application/sdp");
    EXPECT_EQ(field(options, "Allow"), field(put, "Allow"));
    EXPECT_EQ(field(options, "Content-Length"), "(none)");
    expect_shared(options);
  }
  EXPECT_EQ(field(ask(server.port, request("DELETE", "/whep", "")), "Allow"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(field(ask(server.port, request("POST", watching.path, "Content-Type: application/sdp\r\n", "x")), "Allow"),
            "DELETE, GET, HEAD, OPTIONS, PATCH");
  for (const char* path : {"/whep/", "/whep/x", "/whep/00000000000000000000000000000000", "/whep//"}) {
    expect_refusal(http(server.port, "GET", path), 404);
    expect_refusal(ask(server.port, request("POST", path, "Content-Type: application/sdp\r\n", kWhepOffer)), 404);
    EXPECT_EQ(http(server.port, "OPTIONS", path).status(), 204);
  }
  EXPECT_EQ(http(server.port, "GET", "/whepp").status(), 404);
}

TEST(WhepSession, ShutdownEndsAllSessions) {
  ServerFixture server;
  const Watching watching(server);
  RawClient client(server.port);
  client.write(post());
  const ClientId waiting = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.web_server.reset();
  expect_refusal(next_reply(client), 503);
  for (const ClientId id : {watching.id, waiting}) {
    const ClientEvent left = server.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  }
  EXPECT_EQ(server.metric("net_whep_sessions"), 0);
  EXPECT_EQ(server.metric("net_connections"), 0);
}

TEST(WhepSession, WhepAndWebSocketClientsShareOneNumbering) {
  ServerFixture server;
  WsClient socket(server.port);
  const ClientId first = server.next_is<ClientJoined>().client;
  const Watching watching(server);
  EXPECT_EQ(watching.id, first + 1);
  server.say(first, SendError{"a", "A."});
  EXPECT_THAT(socket.receive_text(), HasSubstr("A."));
}

TEST(WhepSession, OneConnectionServesAWholeSession) {
  ServerFixture server;
  Watching watching(server);
  RawClient& client = watching.client;
  client.write(request("OPTIONS", "/whep", ""));
  EXPECT_EQ(next_reply(client).status(), 204);
  client.write(request("PATCH", watching.path, kFragmentType + "If-Match: *\r\n", kFragment));
  EXPECT_EQ(next_reply(client).status(), 204);
  client.write(request("GET", "/healthz", ""));
  EXPECT_EQ(next_reply(client).body, "ok\n");
  client.write(request("DELETE", watching.path, "Connection: close\r\n"));
  EXPECT_EQ(next_reply(client).status(), 200);
  EXPECT_EQ(client.read_all(), "");
}

}  // namespace
}  // namespace cs
