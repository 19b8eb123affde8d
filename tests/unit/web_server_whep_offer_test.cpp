// SPDX-License-Identifier: MIT
// POST /whep: the offer of a player, its answer and its refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/whep_fixture.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::MatchesRegex;

namespace cs {
namespace {

using test::ask;
using test::expect_refusal;
using test::expect_shared;
using test::field;
using test::http;
using test::HttpReply;
using test::kWhepOffer;
using test::next_reply;
using test::post;
using test::RawClient;
using test::request;
using test::Watching;

TEST(WhepOffer, OfferGetsAnAnswerAndASessionUrl) {
  ServerFixture server(
      {.ice_servers = {.stun = "stun://a:1", .turn = "turn://b:2", .turn_user = "u", .turn_pass = "p"}});
  RawClient client(server.port);
  client.write(post());
  const ClientEvent joined = server.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientJoined>(joined.what).address, "127.0.0.1");
  EXPECT_EQ(std::get<ClientJoined>(joined.what).reached_at, "127.0.0.1");
  const ClientEvent offered = server.next_is<ClientOffered>();
  EXPECT_EQ(offered.client, joined.client);
  EXPECT_EQ(std::get<ClientOffered>(offered.what).sdp, kWhepOffer);
  EXPECT_TRUE(std::get<ClientOffered>(offered.what).wants_whole_answer);
  EXPECT_TRUE(client.stays_quiet(50ms));
  server.say(joined.client, SendCandidate{{"candidate:7", 0}});
  server.say(joined.client, SendAnswer{"v=0\r\nanswer"});
  const HttpReply reply = next_reply(client);
  EXPECT_EQ(reply.status(), 201);
  EXPECT_EQ(reply.body, "v=0\r\nanswer");
  EXPECT_EQ(field(reply, "Content-Type"), "application/sdp");
  EXPECT_THAT(field(reply, "Location"), MatchesRegex("whep/[0-9a-f]{32}"));
  EXPECT_THAT(field(reply, "ETag"), MatchesRegex("\"[0-9a-f]{32}\""));
  EXPECT_EQ(field(reply, "Accept-Patch"), "application/trickle-ice-sdpfrag");
  EXPECT_TRUE(reply.has("\r\nLink: <stun:a:1>; rel=\"ice-server\"\r\nLink: <turn:b:2>; rel=\"ice-server\"; username="));
  expect_shared(reply);
  EXPECT_EQ(server.metric("net_whep_sessions"), 1);
}

TEST(WhepOffer, EachAnswerHasItsOwnTurnCredentials) {
  ServerFixture server(
      {.ice_servers = {
           .stun = {}, .turn = "turn://b:2", .turn_user = {}, .turn_pass = {}, .turn_secret = "sesame-4711"}});
  std::set<std::string> links;
  for (int i = 0; i < 3; ++i) {
    RawClient client(server.port);
    client.write(post());
    const ClientId id = server.next_is<ClientJoined>().client;
    server.next_is<ClientOffered>();
    server.say(id, SendAnswer{"v=0\r\nanswer"});
    const std::string link = field(next_reply(client), "Link");
    EXPECT_THAT(link, MatchesRegex("<turn:b:2>; rel=\"ice-server\"; username=\"[0-9]+:[0-9a-f]{16}\"; "
                                   "credential=\"[A-Za-z0-9+/]{27}=\"; credential-type=\"password\""));
    links.insert(link);
  }
  EXPECT_EQ(links.size(), 3U);
}

TEST(WhepOffer, SessionIdsAndETagsAreUnique) {
  ServerFixture server;
  std::set<std::string> names;
  for (int i = 0; i < 8; ++i) {
    const Watching watching(server);
    names.insert(watching.path.substr(6));
    names.insert(watching.etag);
  }
  EXPECT_EQ(names.size(), 16U);
}

TEST(WhepOffer, RefusalsOfTheViewersBecomeHttpStatuses) {
  ServerFixture server;
  const std::vector<std::pair<std::string, int>> cases = {
      {"bad-sdp", 400},          {"bad-offer", 400},    {"no-video", 422},         {"not-receiving", 422},
      {"no-codec", 422},         {"h264-mode", 422},    {"h264-profile", 422},     {"no-pictures", 409},
      {"too-many-viewers", 503}, {"server-error", 500}, {"too-many-pending", 503}, {"not-connected", 504},
      {"ice-failed", 504},       {"vanished", 504},     {"media-failed", 500},     {"displaced", 503},
      {"something-unknown", 500}};
  for (const auto& [code, status] : cases) {
    RawClient client(server.port);
    client.write(post());
    const ClientId id = server.next_is<ClientJoined>().client;
    server.next_is<ClientOffered>();
    server.say(id, SendError{code, "The sentence of " + code + "."});
    server.say(id, SendClose{1008, code});
    const HttpReply reply = next_reply(client);
    expect_refusal(reply, status);
    EXPECT_EQ(reply.body, "The sentence of " + code + ".\n");
    const bool is_temporary = status == 409 || status == 503;
    if (is_temporary) {
      EXPECT_NE(field(reply, "Retry-After"), "(none)") << code;
    }
    const ClientEvent left = server.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  }
  EXPECT_EQ(server.to_viewers.size(), 0U);
  EXPECT_EQ(server.metric("net_whep_refused_total"), static_cast<std::int64_t>(cases.size()));
}

TEST(WhepOffer, CloseWithoutAnErrorUsesItsReasonAsTheCode) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post());
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.say(id, SendClose{1013, "too-many-viewers"});
  expect_refusal(next_reply(client), 503);
}

TEST(WhepOffer, InvalidOfferIsRefusedBeforeTheViewersGetIt) {
  ServerFixture server;
  expect_refusal(ask(server.port, request("POST", "/whep", "Content-Type: text/plain\r\n", kWhepOffer)), 415);
  expect_refusal(ask(server.port, request("POST", "/whep", "", kWhepOffer)), 415);
  expect_refusal(ask(server.port, post("")), 400);
  expect_refusal(ask(server.port, post("", "Content-Length: 0\r\n")), 400);
  expect_refusal(ask(server.port, post(kWhepOffer + std::string(1, '\0'))), 400);
  std::string sections;
  for (int i = 0; i < 33; ++i) sections += "m=video\n";
  expect_refusal(ask(server.port, post(kWhepOffer + sections)), 400);
  expect_refusal(ask(server.port, post(std::string(kMaxSdpBytes + 1, 'x'))), 413);
  for (const char* accept : {"text/html", "application/sdp;q=0, text/*", "application/sdp; q=0.0"})
    expect_refusal(ask(server.port, post(kWhepOffer, "Accept: " + std::string(accept) + "\r\n")), 406);
  EXPECT_EQ(server.to_viewers.size(), 0U);
  EXPECT_EQ(server.metric("net_whep_sessions"), 0);
}

TEST(WhepOffer, WildcardAcceptHeadersAcceptTheAnswer) {
  ServerFixture server;
  for (const char* fields : {"Accept: */*\r\n", "Accept: text/html, application/sdp;q=0.1\r\n",
                             "Accept: application/*;q=1\r\n", "If-Match: \"ignored\"\r\nAuthorization: Bearer x\r\n"}) {
    RawClient client(server.port);
    client.write(request("POST", "/whep?token=x",
                         "Content-Type: Application/SDP; charset=utf-8\r\n" + std::string(fields), kWhepOffer));
    server.say(server.next_is<ClientJoined>().client, SendAnswer{"v=0"});
    server.next_is<ClientOffered>();
    EXPECT_EQ(next_reply(client).status(), 201) << fields;
  }
}

TEST(WhepOffer, SessionsOverTheLimitAreRefused) {
  ServerFixture server({.whep_sessions = 2});
  const Watching first(server);
  RawClient pending(server.port);
  pending.write(post());
  server.next_is<ClientJoined>();
  server.next_is<ClientOffered>();
  const HttpReply reply = ask(server.port, post());
  expect_refusal(reply, 503);
  EXPECT_NE(field(reply, "Retry-After"), "(none)");
  EXPECT_EQ(ask(server.port, request("DELETE", first.path, "")).status(), 200);
  server.next_is<ClientLeft>();
  const Watching next(server);
  EXPECT_EQ(next.created.status(), 201);
}

TEST(WhepOffer, FullInboxGets503) {
  ServerFixture server({.inbox = 3, .reserve = 8});
  std::deque<RawClient> clients;
  clients.emplace_back(server.port).write(post());
  server.wait_for_metric("net_whep_sessions", 1);   // both its events are in the inbox, or will be
  clients.emplace_back(server.port).write(post());  // its ClientJoined fits, its offer does not
  expect_refusal(next_reply(clients.back()), 503);
  const ClientId first = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  const ClientId second = server.next_is<ClientJoined>().client;
  EXPECT_EQ(server.next_is<ClientLeft>().client, second);
  server.say(first, SendAnswer{"v=0"});
  EXPECT_EQ(next_reply(clients.front()).status(), 201);
}

TEST(WhepOffer, DisconnectBeforeTheAnswerEndsTheSession) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post());
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  client.reset();
  const ClientEvent left = server.next_is<ClientLeft>();
  EXPECT_EQ(left.client, id);
  EXPECT_FALSE(std::get<ClientLeft>(left.what).said_goodbye);
  server.say(id, SendAnswer{"too late"});
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
  EXPECT_EQ(server.metric("net_whep_sessions"), 0);
}

TEST(WhepOffer, ClientThatShutsDownSendingGetsItsAnswer) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post());
  client.send_no_more();
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.say(id, SendAnswer{"v=0\r\n"});
  EXPECT_EQ(next_reply(client).status(), 201);
}

TEST(WhepOffer, UnansweredOfferGets504) {
  ServerFixture server({.timeouts = {.http = {.answer = 200ms}}});
  RawClient client(server.port);
  client.write(post());
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  const ClientEvent left = server.next_is<ClientLeft>();  // throws after 20 s
  EXPECT_EQ(left.client, id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  const HttpReply reply = next_reply(client);
  expect_refusal(reply, 504);
  EXPECT_NE(field(reply, "Retry-After"), "(none)");
}

}  // namespace
}  // namespace cs
