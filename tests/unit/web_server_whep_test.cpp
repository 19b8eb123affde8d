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

#include "fakes/house.hpp"
#include "fakes/whep_client.hpp"
#include "net/messages.hpp"

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

/// A session whose offer the test, as the viewers, has answered.
struct Watching {
  explicit Watching(House& house) : client(house.port) {
    client.write(post());
    id = house.next_is<ClientJoined>().client;
    house.next_is<ClientOffered>();
    house.say(id, SendAnswer{"v=0\r\nthe answer"});
    created = next_reply(client);
    path = "/" + field(created, "Location");
    etag = field(created, "ETag");
  }

  HttpReply patch(House& house, const std::string& fragment, const std::string& fields = "If-Match: *\r\n") const {
    return ask(house.port, request("PATCH", path, kFragmentType + fields, fragment));
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

/// A refusal that a person can read and a page from elsewhere as well.
void expect_refusal(const HttpReply& reply, int status) {
  EXPECT_EQ(reply.status(), status) << reply.head << reply.body;
  EXPECT_THAT(reply.body, MatchesRegex("[A-Z].*\\.\n"));
  EXPECT_THAT(field(reply, "Content-Type"), HasSubstr("text/plain"));
  expect_shared(reply);
}

TEST(Whep, AnOfferGetsItsAnswerAndAPlaceOfItsOwn) {
  House house({.ice_servers = {.stun = "stun://a:1", .turn = "turn://b:2", .turn_user = "u", .turn_pass = "p"}});
  RawClient client(house.port);
  client.write(post());
  const ClientEvent joined = house.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientJoined>(joined.what).address, "127.0.0.1");
  EXPECT_EQ(std::get<ClientJoined>(joined.what).reached_at, "127.0.0.1");
  const ClientEvent offered = house.next_is<ClientOffered>();
  EXPECT_EQ(offered.client, joined.client);
  EXPECT_EQ(std::get<ClientOffered>(offered.what).sdp, kWhepOffer);
  EXPECT_TRUE(std::get<ClientOffered>(offered.what).wants_whole_answer);
  EXPECT_TRUE(client.stays_quiet(50ms));
  house.say(joined.client, SendCandidate{{"candidate:7", 0}});
  house.say(joined.client, SendAnswer{"v=0\r\nanswer"});
  const HttpReply reply = next_reply(client);
  EXPECT_EQ(reply.status(), 201);
  EXPECT_EQ(reply.body, "v=0\r\nanswer");
  EXPECT_EQ(field(reply, "Content-Type"), "application/sdp");
  EXPECT_THAT(field(reply, "Location"), MatchesRegex("whep/[0-9a-f]{32}"));
  EXPECT_THAT(field(reply, "ETag"), MatchesRegex("\"[0-9a-f]{32}\""));
  EXPECT_EQ(field(reply, "Accept-Patch"), "application/trickle-ice-sdpfrag");
  EXPECT_TRUE(reply.has("\r\nLink: <stun:a:1>; rel=\"ice-server\"\r\nLink: <turn:b:2>; rel=\"ice-server\"; username="));
  expect_shared(reply);
  EXPECT_EQ(house.metric("net_whep_sessions"), 1);
}

TEST(Whep, EachAnswerHasALoginOfItsOwnForTheRelay) {
  House house({.ice_servers = {
                   .stun = {}, .turn = "turn://b:2", .turn_user = {}, .turn_pass = {}, .turn_secret = "sesame-4711"}});
  std::set<std::string> links;
  for (int i = 0; i < 3; ++i) {
    RawClient client(house.port);
    client.write(post());
    const ClientId id = house.next_is<ClientJoined>().client;
    house.next_is<ClientOffered>();
    house.say(id, SendAnswer{"v=0\r\nanswer"});
    const std::string link = field(next_reply(client), "Link");
    EXPECT_THAT(link, MatchesRegex("<turn:b:2>; rel=\"ice-server\"; username=\"[0-9]+:[0-9a-f]{16}\"; "
                                   "credential=\"[A-Za-z0-9+/]{27}=\"; credential-type=\"password\""));
    links.insert(link);
  }
  EXPECT_EQ(links.size(), 3U);
}

TEST(Whep, NoTwoSessionsHaveTheSameNames) {
  House house;
  std::set<std::string> names;
  for (int i = 0; i < 8; ++i) {
    const Watching watching(house);
    names.insert(watching.path.substr(6));
    names.insert(watching.etag);
  }
  EXPECT_EQ(names.size(), 16U);
}

TEST(Whep, TrickledCandidatesReachTheViewers) {
  House house;
  const Watching watching(house);
  for (const std::string& match : {watching.etag, std::string("*"), std::string("\"*\""), "\"x\", " + watching.etag}) {
    const HttpReply reply = watching.patch(house, kFragment, "If-Match: " + match + "\r\n");
    EXPECT_EQ(reply.status(), 204) << match;
    EXPECT_EQ(field(reply, "ETag"), "(none)");
    EXPECT_EQ(reply.body, "");
    expect_shared(reply);
    const ClientEvent event = house.next_is<ClientTrickled>();
    EXPECT_EQ(event.client, watching.id);
    const Candidate candidate = std::get<ClientTrickled>(event.what).candidate;
    EXPECT_EQ(candidate.text, "candidate:1 1 udp 1 192.0.2.1 9 typ host");
    EXPECT_EQ(candidate.mline_index, 1U);
    EXPECT_EQ(std::get<ClientTrickled>(house.next_is<ClientTrickled>().what).candidate.text, "");
  }
}

TEST(Whep, ASessionThatFloodsUsWithCandidatesHasToWaitAndGoesOn) {
  House house;
  const Watching watching(house);
  constexpr int kMany = 200;  // more than are taken at once, even by a machine that needs seconds for them
  int taken = 0;
  std::optional<HttpReply> refusal;
  for (int i = 0; i < kMany && !refusal; ++i) {
    const HttpReply reply = watching.patch(house, kFragment, "If-Match: *\r\n");
    if (reply.status() != 204)
      refusal = reply;
    else
      ++taken;
    while (house.to_viewers.size() > 0) house.next();
  }
  ASSERT_TRUE(refusal) << taken << " were taken";
  expect_refusal(*refusal, 429);
  EXPECT_EQ(field(*refusal, "Retry-After"), "1");
  EXPECT_GE(taken, 50);
  EXPECT_EQ(house.metric("net_whep_sessions"), 1);
}

TEST(Whep, APatchNeedsTheRightTag) {
  House house;
  const Watching watching(house);
  expect_refusal(watching.patch(house, kFragment, ""), 428);
  expect_refusal(watching.patch(house, kFragment, "If-Match: \"other\"\r\n"), 412);
  expect_refusal(watching.patch(house, kFragment, "If-Match: W/" + watching.etag + "\r\n"), 412);
  EXPECT_EQ(house.to_viewers.size(), 0U);
}

TEST(Whep, AnIceRestartIsRefusedAndTheSessionGoesOn) {
  House house;
  const Watching watching(house);
  const HttpReply reply = watching.patch(house, "a=ice-ufrag:new\r\na=ice-pwd:new\r\nm=audio 9 X 1\r\na=mid:0\r\n");
  expect_refusal(reply, 422);
  EXPECT_THAT(reply.body, HasSubstr("ICE restart"));
  EXPECT_EQ(watching.patch(house, kFragment).status(), 204);
}

TEST(Whep, AFragmentThatCannotBeTakenIsRefused) {
  House house;
  const Watching watching(house);
  expect_refusal(watching.patch(house, "hello"), 400);
  expect_refusal(watching.patch(house, ""), 400);
  std::string many = "m=audio 9 X 1\r\n";
  for (int i = 0; i < 129; ++i) many += "a=candidate:1\r\n";
  expect_refusal(watching.patch(house, many), 413);
  expect_refusal(watching.patch(house, std::string(16 * 1024 + 1, 'x')), 413);
  const HttpReply type = ask(house.port, request("PATCH", watching.path, "If-Match: *\r\n", kFragment));
  expect_refusal(type, 415);
  EXPECT_EQ(field(type, "Accept-Patch"), "application/trickle-ice-sdpfrag");
  const std::string sdp = "Content-Type: application/sdp\r\nIf-Match: *\r\n";
  expect_refusal(ask(house.port, request("PATCH", watching.path, sdp, kFragment)), 415);
  EXPECT_EQ(house.to_viewers.size(), 0U);
}

TEST(Whep, DeletingEndsASessionForGood) {
  House house;
  const Watching watching(house);
  const HttpReply reply = ask(house.port, request("DELETE", watching.path, "If-Match: \"ignored\"\r\n"));
  EXPECT_EQ(reply.status(), 200);
  expect_shared(reply);
  const ClientEvent left = house.next_is<ClientLeft>();
  EXPECT_EQ(left.client, watching.id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  expect_refusal(ask(house.port, request("DELETE", watching.path, "")), 404);
  expect_refusal(watching.patch(house, kFragment), 404);
  EXPECT_EQ(house.metric("net_whep_sessions"), 0);
  EXPECT_EQ(house.to_viewers.size(), 0U);
}

TEST(Whep, TheViewersCanEndASession) {
  House house;
  const Watching watching(house);
  house.say(watching.id, SendError{"vanished", "You are gone."});
  house.say(watching.id, SendClose{1011, "vanished"});
  const ClientEvent left = house.next_is<ClientLeft>();
  EXPECT_EQ(left.client, watching.id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  EXPECT_EQ(std::get<ClientLeft>(left.what).reason, "closed by the server, 1011 vanished");
  expect_refusal(watching.patch(house, kFragment), 404);
}

TEST(Whep, ASessionOutlivesItsConnection) {
  House house;
  Watching watching(house);
  watching.client.hang_up();
  house.wait_for_metric("net_connections", 0);
  EXPECT_EQ(watching.patch(house, kFragment).status(), 204);
  house.next_is<ClientTrickled>();
  EXPECT_EQ(house.metric("net_whep_sessions"), 1);
}

TEST(Whep, TheViewersRefusalsBecomeStatuses) {
  House house;
  const std::vector<std::pair<std::string, int>> cases = {
      {"bad-sdp", 400},          {"bad-offer", 400},    {"no-video", 422},         {"not-receiving", 422},
      {"no-codec", 422},         {"h264-mode", 422},    {"h264-profile", 422},     {"no-pictures", 409},
      {"too-many-viewers", 503}, {"server-error", 500}, {"too-many-pending", 503}, {"not-connected", 504},
      {"ice-failed", 504},       {"vanished", 504},     {"media-failed", 500},     {"something-unknown", 500}};
  for (const auto& [code, status] : cases) {
    RawClient client(house.port);
    client.write(post());
    const ClientId id = house.next_is<ClientJoined>().client;
    house.next_is<ClientOffered>();
    house.say(id, SendError{code, "The sentence of " + code + "."});
    house.say(id, SendClose{1008, code});
    const HttpReply reply = next_reply(client);
    expect_refusal(reply, status);
    EXPECT_EQ(reply.body, "The sentence of " + code + ".\n");
    const bool later = status == 409 || status == 503;
    if (later) {
      EXPECT_NE(field(reply, "Retry-After"), "(none)") << code;
    }
    const ClientEvent left = house.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  }
  EXPECT_EQ(house.to_viewers.size(), 0U);
  EXPECT_EQ(house.metric("net_whep_refused_total"), static_cast<std::int64_t>(cases.size()));
}

TEST(Whep, ACloseWithoutAnErrorRefusesByItsReason) {
  House house;
  RawClient client(house.port);
  client.write(post());
  const ClientId id = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  house.say(id, SendClose{1013, "too-many-viewers"});
  expect_refusal(next_reply(client), 503);
}

TEST(Whep, WhatIsNoOfferIsRefusedBeforeTheViewersHearOfIt) {
  House house;
  expect_refusal(ask(house.port, request("POST", "/whep", "Content-Type: text/plain\r\n", kWhepOffer)), 415);
  expect_refusal(ask(house.port, request("POST", "/whep", "", kWhepOffer)), 415);
  expect_refusal(ask(house.port, post("")), 400);
  expect_refusal(ask(house.port, post("", "Content-Length: 0\r\n")), 400);
  expect_refusal(ask(house.port, post(kWhepOffer + std::string(1, '\0'))), 400);
  std::string sections;
  for (int i = 0; i < 33; ++i) sections += "m=video\n";
  expect_refusal(ask(house.port, post(kWhepOffer + sections)), 400);
  expect_refusal(ask(house.port, post(std::string(kMaxSdpBytes + 1, 'x'))), 413);
  for (const char* accept : {"text/html", "application/sdp;q=0, text/*", "application/sdp; q=0.0"})
    expect_refusal(ask(house.port, post(kWhepOffer, "Accept: " + std::string(accept) + "\r\n")), 406);
  EXPECT_EQ(house.to_viewers.size(), 0U);
  EXPECT_EQ(house.metric("net_whep_sessions"), 0);
}

TEST(Whep, WhoTakesAnythingTakesTheAnswer) {
  House house;
  for (const char* fields : {"Accept: */*\r\n", "Accept: text/html, application/sdp;q=0.1\r\n",
                             "Accept: application/*;q=1\r\n", "If-Match: \"ignored\"\r\nAuthorization: Bearer x\r\n"}) {
    RawClient client(house.port);
    client.write(request("POST", "/whep?token=x",
                         "Content-Type: Application/SDP; charset=utf-8\r\n" + std::string(fields), kWhepOffer));
    house.say(house.next_is<ClientJoined>().client, SendAnswer{"v=0"});
    house.next_is<ClientOffered>();
    EXPECT_EQ(next_reply(client).status(), 201) << fields;
  }
}

TEST(Whep, OtherMethodsHearWhichThereAre) {
  House house;
  const Watching watching(house);
  for (const std::string& path : {std::string("/whep"), watching.path}) {
    EXPECT_EQ(http(house.port, "GET", path).status(), 204);
    EXPECT_EQ(http(house.port, "HEAD", path).status(), 204);
    const HttpReply put = ask(house.port, request("PUT", path, "Content-Type: application/sdp\r\n", kWhepOffer));
    expect_refusal(put, 405);
    const HttpReply options = http(house.port, "OPTIONS", path, "Access-Control-Request-Method: POST\r\n");
    EXPECT_EQ(options.status(), 204);
    EXPECT_EQ(field(options, "Accept-Post"), "application/sdp");
    EXPECT_EQ(field(options, "Allow"), field(put, "Allow"));
    EXPECT_EQ(field(options, "Content-Length"), "(none)");
    expect_shared(options);
  }
  EXPECT_EQ(field(ask(house.port, request("DELETE", "/whep", "")), "Allow"), "GET, HEAD, OPTIONS, POST");
  EXPECT_EQ(field(ask(house.port, request("POST", watching.path, "Content-Type: application/sdp\r\n", "x")), "Allow"),
            "DELETE, GET, HEAD, OPTIONS, PATCH");
  for (const char* path : {"/whep/", "/whep/x", "/whep/00000000000000000000000000000000", "/whep//"}) {
    expect_refusal(http(house.port, "GET", path), 404);
    expect_refusal(ask(house.port, request("POST", path, "Content-Type: application/sdp\r\n", kWhepOffer)), 404);
    EXPECT_EQ(http(house.port, "OPTIONS", path).status(), 204);
  }
  EXPECT_EQ(http(house.port, "GET", "/whepp").status(), 404);
}

TEST(Whep, MoreSessionsThanAllowedAreRefused) {
  House house({.whep_sessions = 2});
  const Watching first(house);
  RawClient pending(house.port);
  pending.write(post());
  house.next_is<ClientJoined>();
  house.next_is<ClientOffered>();
  const HttpReply reply = ask(house.port, post());
  expect_refusal(reply, 503);
  EXPECT_NE(field(reply, "Retry-After"), "(none)");
  EXPECT_EQ(ask(house.port, request("DELETE", first.path, "")).status(), 200);
  house.next_is<ClientLeft>();
  const Watching next(house);
  EXPECT_EQ(next.created.status(), 201);
}

TEST(Whep, AFullInboxRefusesForNow) {
  House house({.inbox = 3, .reserve = 8});
  std::deque<RawClient> clients;
  clients.emplace_back(house.port).write(post());
  house.wait_for_metric("net_whep_sessions", 1);   // both its events are in the box, or will be
  clients.emplace_back(house.port).write(post());  // its joining fits, its offer does not
  expect_refusal(next_reply(clients.back()), 503);
  const ClientId first = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  const ClientId second = house.next_is<ClientJoined>().client;
  EXPECT_EQ(house.next_is<ClientLeft>().client, second);
  house.say(first, SendAnswer{"v=0"});
  EXPECT_EQ(next_reply(clients.front()).status(), 201);
}

TEST(Whep, AClientThatDoesNotWaitForItsAnswerHasBrokenOff) {
  House house;
  RawClient client(house.port);
  client.write(post());
  const ClientId id = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  client.reset();
  const ClientEvent left = house.next_is<ClientLeft>();
  EXPECT_EQ(left.client, id);
  EXPECT_FALSE(std::get<ClientLeft>(left.what).said_goodbye);
  house.say(id, SendAnswer{"too late"});
  EXPECT_EQ(http(house.port, "GET", "/healthz").status(), 200);
  EXPECT_EQ(house.metric("net_whep_sessions"), 0);
}

TEST(Whep, AClientThatSendsNoMoreGetsItsAnswer) {
  House house;
  RawClient client(house.port);
  client.write(post());
  client.send_no_more();
  const ClientId id = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  house.say(id, SendAnswer{"v=0\r\n"});
  EXPECT_EQ(next_reply(client).status(), 201);
}

TEST(Whep, AnOfferThatNobodyAnswersGetsAReplyAllTheSame) {
  House house({.timeouts = {.http = {.answer = 200ms}}});
  RawClient client(house.port);
  client.write(post());
  const ClientId id = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  const ClientEvent left = house.next_is<ClientLeft>();  // it throws after 20 s
  EXPECT_EQ(left.client, id);
  EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  const HttpReply reply = next_reply(client);
  expect_refusal(reply, 504);
  EXPECT_NE(field(reply, "Retry-After"), "(none)");
}

TEST(Whep, AStopSaysGoodbyeToAllOfThem) {
  House house;
  const Watching watching(house);
  RawClient client(house.port);
  client.write(post());
  const ClientId waiting = house.next_is<ClientJoined>().client;
  house.next_is<ClientOffered>();
  house.web_server.reset();
  expect_refusal(next_reply(client), 503);
  for (const ClientId id : {watching.id, waiting}) {
    const ClientEvent left = house.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    EXPECT_TRUE(std::get<ClientLeft>(left.what).said_goodbye);
  }
  EXPECT_EQ(house.metric("net_whep_sessions"), 0);
  EXPECT_EQ(house.metric("net_connections"), 0);
}

TEST(Whep, ItAndTheWebSocketNumberTheirClientsTogether) {
  House house;
  WsClient socket(house.port);
  const ClientId first = house.next_is<ClientJoined>().client;
  const Watching watching(house);
  EXPECT_EQ(watching.id, first + 1);
  house.say(first, SendError{"a", "A."});
  EXPECT_THAT(socket.receive_text(), HasSubstr("A."));
}

TEST(Whep, OneConnectionServesAWholeSession) {
  House house;
  Watching watching(house);
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
