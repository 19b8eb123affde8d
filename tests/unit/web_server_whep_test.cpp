// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "fakes/server_fixture.hpp"
#include "fakes/whep_client.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::MatchesRegex;

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
using test::WsClient;

const std::string kFragmentType = "Content-Type: application/trickle-ice-sdpfrag\r\n";
const std::string kFragment =
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n";

const std::vector<IceCredentials> kOffered = {{"0", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"},
                                              {"1", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"}};

/// A session whose offer the test has answered in place of the viewers.
struct Watching {
  explicit Watching(ServerFixture& server) : client(server.port) {
    client.write(post());
    id = server.next_is<ClientJoined>().client;
    server.next_is<ClientOffered>();
    server.say(id, SendAnswer{.sdp = "v=0\r\nthe answer", .offered = kOffered});
    created = next_reply(client);
    path = "/" + field(created, "Location");
    etag = field(created, "ETag");
  }

  HttpReply patch(ServerFixture& server, const std::string& fragment,
                  const std::string& fields = "If-Match: *\r\n") const {
    return ask(server.port, request("PATCH", path, kFragmentType + fields, fragment));
  }

  RawClient client;
  ClientId id = 0;
  HttpReply created;
  std::string path;
  std::string etag;
};

void expect_shared(const HttpReply& reply) {
  EXPECT_THAT(field(reply, "Access-Control-Allow-Methods"), HasSubstr("PATCH"));
  EXPECT_THAT(field(reply, "Access-Control-Allow-Headers"), HasSubstr("if-match"));
  EXPECT_THAT(field(reply, "Access-Control-Expose-Headers"), HasSubstr("Location"));
  EXPECT_NE(field(reply, "Access-Control-Max-Age"), "(none)");
}

/// Expects a refusal with a readable sentence and the CORS fields.
void expect_refusal(const HttpReply& reply, int status) {
  EXPECT_EQ(reply.status(), status) << reply.head << reply.body;
  EXPECT_THAT(reply.body, MatchesRegex("[A-Z].*\\.\n"));
  EXPECT_THAT(field(reply, "Content-Type"), HasSubstr("text/plain"));
  expect_shared(reply);
}

TEST(Whep, OfferGetsAnAnswerAndASessionUrl) {
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

TEST(Whep, EachAnswerHasItsOwnTurnCredentials) {
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

TEST(Whep, SessionIdsAndETagsAreUnique) {
  ServerFixture server;
  std::set<std::string> names;
  for (int i = 0; i < 8; ++i) {
    const Watching watching(server);
    names.insert(watching.path.substr(6));
    names.insert(watching.etag);
  }
  EXPECT_EQ(names.size(), 16U);
}

TEST(Whep, TrickledCandidatesReachTheViewers) {
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

TEST(Whep, CandidateFloodGets429AndTheSessionContinues) {
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

TEST(Whep, PatchNeedsTheRightETag) {
  ServerFixture server;
  const Watching watching(server);
  expect_refusal(watching.patch(server, kFragment, ""), 428);
  expect_refusal(watching.patch(server, kFragment, "If-Match: \"other\"\r\n"), 412);
  expect_refusal(watching.patch(server, kFragment, "If-Match: W/" + watching.etag + "\r\n"), 412);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(Whep, IceRestartIsRefusedAndTheSessionContinues) {
  ServerFixture server;
  const Watching watching(server);
  const HttpReply reply = watching.patch(server, "a=ice-ufrag:new\r\na=ice-pwd:new\r\nm=audio 9 X 1\r\na=mid:0\r\n");
  expect_refusal(reply, 422);
  EXPECT_THAT(reply.body, HasSubstr("ICE restart"));
  EXPECT_EQ(watching.patch(server, kFragment).status(), 204);
}

TEST(Whep, InvalidFragmentIsRefused) {
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

TEST(Whep, DeleteEndsTheSession) {
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

TEST(Whep, ViewersCanEndASession) {
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

TEST(Whep, SessionOutlivesItsConnection) {
  ServerFixture server;
  Watching watching(server);
  watching.client.hang_up();
  server.wait_for_metric("net_connections", 0);
  EXPECT_EQ(watching.patch(server, kFragment).status(), 204);
  server.next_is<ClientTrickled>();
  EXPECT_EQ(server.metric("net_whep_sessions"), 1);
}

TEST(Whep, RefusalsOfTheViewersBecomeHttpStatuses) {
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

TEST(Whep, CloseWithoutAnErrorUsesItsReasonAsTheCode) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post());
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.say(id, SendClose{1013, "too-many-viewers"});
  expect_refusal(next_reply(client), 503);
}

TEST(Whep, InvalidOfferIsRefusedBeforeTheViewersGetIt) {
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

TEST(Whep, WildcardAcceptHeadersAcceptTheAnswer) {
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

TEST(Whep, OtherMethodsGet405WithTheAllowedMethods) {
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

TEST(Whep, SessionsOverTheLimitAreRefused) {
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

TEST(Whep, FullInboxGets503) {
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

TEST(Whep, DisconnectBeforeTheAnswerEndsTheSession) {
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

TEST(Whep, ClientThatShutsDownSendingGetsItsAnswer) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post());
  client.send_no_more();
  const ClientId id = server.next_is<ClientJoined>().client;
  server.next_is<ClientOffered>();
  server.say(id, SendAnswer{"v=0\r\n"});
  EXPECT_EQ(next_reply(client).status(), 201);
}

TEST(Whep, UnansweredOfferGets504) {
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

TEST(Whep, ShutdownEndsAllSessions) {
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

TEST(Whep, WhepAndWebSocketClientsShareOneNumbering) {
  ServerFixture server;
  WsClient socket(server.port);
  const ClientId first = server.next_is<ClientJoined>().client;
  const Watching watching(server);
  EXPECT_EQ(watching.id, first + 1);
  server.say(first, SendError{"a", "A."});
  EXPECT_THAT(socket.receive_text(), HasSubstr("A."));
}

TEST(Whep, OneConnectionServesAWholeSession) {
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
