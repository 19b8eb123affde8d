// SPDX-License-Identifier: MIT
#include "net/doors.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <semaphore>
#include <thread>
#include <utility>
#include <vector>

#include "../fakes/ws_client.hpp"
#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/embedded.hpp"
#include "net/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::HttpReply;
using test::RawClient;
using test::WsClient;

/// Doors on a free port of 127.0.0.1; the test's thread takes the viewers' part.
struct House {
  struct Room {
    std::size_t inbox = 256;
    std::size_t reserve = 64;
    std::size_t connections = 32;
    std::string config_json = "{}";
    std::string host = "127.0.0.1";
  };

  House() : House(Room{}) {}
  explicit House(Room room)
      : to_viewers(room.inbox, room.reserve, metrics.get("to_viewers_refused")),
        from_viewers(256, 0, metrics.get("from_viewers_refused")) {
    enter_thread(ThreadRole::main);
    to_viewers.set_wake([this] { arrived.release(); });
    doors.emplace(DoorsConfig{room.host, 0, room.connections, room.config_json}, to_viewers, from_viewers, metrics);
    port = doors->port();
  }

  /// The next thing the viewers hear.
  ClientEvent next() {
    while (true) {
      if (auto event = to_viewers.pop()) return std::move(*event);
      if (!arrived.try_acquire_for(20s)) throw std::runtime_error("the viewers heard nothing for 20 seconds");
    }
  }

  template <typename What>
  ClientEvent next_is() {
    ClientEvent event = next();
    EXPECT_TRUE(std::holds_alternative<What>(event.what)) << "event number " << event.what.index();
    return event;
  }

  void say(ClientId client, decltype(ServerEvent::what) what) {
    ASSERT_TRUE(from_viewers.try_push({client, std::move(what)}));
  }

  std::int64_t metric(const std::string& name) { return metrics.get(name).value(); }

  void wait_for_metric(const std::string& name, std::int64_t value) {
    const TimePoint deadline = Clock::now() + 10s;
    while (metric(name) != value && Clock::now() < deadline) std::this_thread::yield();
    EXPECT_EQ(metric(name), value) << name;
  }

  Metrics metrics;
  std::counting_semaphore<> arrived{0};
  Inbox<ClientEvent> to_viewers;
  Inbox<ServerEvent> from_viewers;
  std::optional<Doors> doors;
  int port = 0;
};

std::string offer(const std::string& sdp) {
  return R"({"type":"offer","sdp":")" + sdp + "\"}";
}

std::string_view embedded(std::string_view name) {
  for (const EmbeddedFile& file : embedded_page)
    if (file.name == name) return file.contents;
  return "(missing)";
}

TEST(DoorsHttp, ServesThePageAndItsFilesWithTheirTypes) {
  House house;
  for (const char* path : {"/", "/index.html"}) {
    const HttpReply reply = http(house.port, "GET", path);
    EXPECT_EQ(reply.status(), 200);
    EXPECT_EQ(reply.body, embedded("index.html"));
    EXPECT_TRUE(reply.has("Content-Type: text/html; charset=utf-8\r\n"));
  }
  ASSERT_FALSE(embedded_page.empty());
  for (const EmbeddedFile& file : embedded_page) {
    const HttpReply reply = http(house.port, "GET", "/" + std::string(file.name));
    EXPECT_EQ(reply.body, file.contents) << file.name;
    EXPECT_FALSE(reply.has("application/octet-stream")) << file.name;
    EXPECT_TRUE(reply.has("Cache-Control: no-cache\r\n"));
    EXPECT_TRUE(reply.has("X-Content-Type-Options: nosniff\r\n"));
    EXPECT_TRUE(reply.has("Content-Security-Policy: default-src 'self'"));
    EXPECT_FALSE(reply.has("erver:")) << reply.head;
  }
}

TEST(DoorsHttp, ServesHealthAndConfiguration) {
  House house({.config_json = R"({"fps":30})"});
  const HttpReply health = http(house.port, "GET", "/healthz");
  EXPECT_EQ(health.status(), 200);
  EXPECT_EQ(health.body, "ok\n");
  EXPECT_TRUE(health.has("Content-Type: text/plain"));
  const HttpReply config = http(house.port, "GET", "/config.json?x=1");
  EXPECT_EQ(config.body, R"({"fps":30})");
  EXPECT_TRUE(config.has("Content-Type: application/json"));
}

TEST(DoorsHttp, AnswersHeadWithoutABody) {
  House house;
  const HttpReply reply = http(house.port, "HEAD", "/healthz");
  EXPECT_EQ(reply.status(), 200);
  EXPECT_TRUE(reply.has("Content-Length: 3\r\n"));
  EXPECT_EQ(reply.body, "");
}

TEST(DoorsHttp, AKnownFileIsNotSentAgain) {
  House house;
  const HttpReply first = http(house.port, "GET", "/");
  const auto begin = first.head.find("ETag: ");
  ASSERT_NE(begin, first.head.npos);
  const std::string etag = first.head.substr(begin + 6, first.head.find('\r', begin) - begin - 6);
  const HttpReply again = http(house.port, "GET", "/", "If-None-Match: " + etag + "\r\n");
  EXPECT_EQ(again.status(), 304);
  EXPECT_EQ(again.body, "");
  EXPECT_EQ(http(house.port, "GET", "/", "If-None-Match: \"other\"\r\n").status(), 200);
}

TEST(DoorsHttp, UnknownPathsAndMethodsAreRefusedInWords) {
  House house;
  for (const char* path : {"/nothing", "/../etc/passwd", "/index.html/", "/%2e%2e/x", "/index"}) {
    const HttpReply reply = http(house.port, "GET", path);
    EXPECT_TRUE(reply.status() == 404 || reply.status() == 403) << path << ": " << reply.head;
  }
  EXPECT_NE(http(house.port, "GET", "/nothing").body, "");
  for (const char* method : {"POST", "PUT", "DELETE", "OPTIONS", "PATCH"}) {
    const HttpReply reply = http(house.port, method, "/healthz", "Content-Length: 0\r\n");
    EXPECT_EQ(reply.status(), 405) << method;
    EXPECT_TRUE(reply.has("Allow: GET, HEAD\r\n"));
  }
  EXPECT_EQ(http(house.port, "POST", "/nothing", "Content-Length: 0\r\n").status(), 404);
  EXPECT_EQ(http(house.port, "GET", "/ws").status(), 426);
}

TEST(DoorsHttp, AnUnwantedBodyEndsTheConnection) {
  House house;
  RawClient client(house.port);
  client.write("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n" + std::string(1000, 'x'));
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr("405"));
  client.read_all();  // throws unless the server hangs up
  EXPECT_EQ(http(house.port, "GET", "/", "Content-Length: 1\r\n").status(), 400);
}

TEST(DoorsHttp, ABodyBetweenTwoRequestsDoesNotStopTheServer) {
  House house;
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (const char* field : {"Content-Length: 5", "Transfer-Encoding: chunked", "X: y"}) {
    RawClient client(house.port);
    client.write(get + "POST /healthz HTTP/1.1\r\nHost: x\r\n" + field + "\r\n\r\nhello" + get);
    EXPECT_THAT(client.read_all(), HasSubstr("405")) << field;
    EXPECT_EQ(http(house.port, "GET", "/healthz").status(), 200);
  }
}

TEST(DoorsHttp, OneConnectionServesManyRequests) {
  House house;
  RawClient client(house.port);
  const std::string request = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n";
  for (int i = 0; i < 3; ++i) {
    client.write(request);
    EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK")) << i;
  }
  client.write(request + request + request);
  for (int i = 0; i < 3; ++i) EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK")) << i;
}

TEST(DoorsHttp, ABodyThatNeedsManyWritesArrivesWhole) {
  std::string config = "\"";
  for (int i = 0; config.size() < 3'000'000; ++i) config += std::to_string(i) + " ";
  House house({.config_json = config});
  RawClient client(house.port, 4096);
  client.write("GET /config.json HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  client.read_until("\r\n\r\n");
  EXPECT_TRUE(client.read_all() == config);
}

TEST(DoorsHttp, WhoDoesNotReadWhatHeAskedForMayNotAskForMore) {
  House house({.config_json = std::string(20'000'000, ' ')});
  RawClient client(house.port, 4096);
  const std::string request = "GET /config.json HTTP/1.1\r\nHost: x\r\n\r\n";
  client.write(request);
  EXPECT_THAT(client.read_until("\r\n\r\n"), HasSubstr(" 200 OK"));
  const TimePoint begin = Clock::now();
  client.write(request);
  house.wait_for_metric("net_connections", 0);
  EXPECT_LT(Clock::now() - begin, 5s);
}

TEST(DoorsHttp, WhoSendsRequestsAndNeverReadsIsClosed) {
  House house({.config_json = std::string(100'000, ' ')});
  RawClient client(house.port, 4096);
  std::string requests;
  for (int i = 0; i < 1000; ++i) requests += "GET /config.json HTTP/1.1\r\nHost: x\r\n\r\n";
  const TimePoint begin = Clock::now();
  client.write(requests);
  house.wait_for_metric("net_connections", 0);
  EXPECT_LT(Clock::now() - begin, 4s);
}

TEST(DoorsHttp, NoUpgradeButWebSocketAtItsPath) {
  House house;
  const auto upgrade = [&](const std::string& kind, const std::string& path) {
    return http(house.port, "GET", path,
                "Upgrade: " + kind +
                    "\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"
                    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  };
  EXPECT_EQ(upgrade("h2c", "/").status(), 400);
  EXPECT_EQ(upgrade("H2C", "/ws").status(), 400);
  EXPECT_EQ(upgrade("websocket", "/").status(), 404);
  EXPECT_EQ(upgrade("websocket", "/ws/").status(), 404);
  EXPECT_NE(upgrade("something", "/ws").status(), 101);
  EXPECT_EQ(http(house.port, "CONNECT", "/ws").head, "");
  RawClient prior_knowledge(house.port);
  prior_knowledge.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
  EXPECT_THAT(prior_knowledge.read_all(), testing::Not(HasSubstr("101")));
  EXPECT_EQ(http(house.port, "GET", "/healthz").status(), 200);
}

TEST(DoorsHttp, MoreConnectionsThanAllowedAreClosedAndCounted) {
  House house({.connections = 2});
  auto first = std::make_unique<WsClient>(house.port);
  RawClient second(house.port);
  house.wait_for_metric("net_connections", 2);
  EXPECT_EQ(RawClient(house.port).read_all(), "");
  EXPECT_EQ(house.metric("net_connections_refused_total"), 1);
  first.reset();
  house.wait_for_metric("net_connections", 1);
  EXPECT_EQ(http(house.port, "GET", "/healthz").status(), 200);
}

TEST(DoorsHttp, WithoutADescriptorLeftConnectionsWait) {
  House house;
  rlimit before = {};
  getrlimit(RLIMIT_NOFILE, &before);
  const int lowest_free = dup(0);
  close(lowest_free);
  rlimit one_left = before;
  one_left.rlim_cur = static_cast<rlim_t>(lowest_free) + 1;
  setrlimit(RLIMIT_NOFILE, &one_left);
  RawClient client(house.port);  // takes it
  client.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n");
  EXPECT_TRUE(client.stays_quiet(300ms));
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_THAT(client.read_until("ok\n"), HasSubstr(" 200 OK"));
}

TEST(DoorsWebSocket, AClientsMessagesReachTheViewers) {
  House house;
  WsClient client(house.port);
  const ClientEvent joined = house.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientJoined>(joined.what).address, "127.0.0.1");
  client.send(offer("v=0\\r\\n"));
  const ClientEvent offered = house.next_is<ClientOffered>();
  EXPECT_EQ(offered.client, joined.client);
  EXPECT_EQ(std::get<ClientOffered>(offered.what).sdp, "v=0\r\n");
  client.send_frame(WsClient::kText, R"({"type":"ice","cand)", false);
  client.send_frame(WsClient::kPing, "in between", true);
  client.send_frame(WsClient::kMore, "", false);
  client.send_frame(WsClient::kMore, R"(idate":"candidate:1","sdpMLineIndex":1})", true);
  const Candidate candidate = std::get<ClientTrickled>(house.next_is<ClientTrickled>().what).candidate;
  EXPECT_EQ(candidate.text, "candidate:1");
  EXPECT_EQ(candidate.mline_index, 1U);
  EXPECT_EQ(house.metric("net_messages_in_total"), 2);
  EXPECT_EQ(house.metric("net_websockets"), 1);
}

TEST(DoorsWebSocket, AConnectionThatFetchedAPageBeforeIsAsGoodAsAnyOther) {
  House house;
  WsClient client(house.port, 0, "/");
  house.next_is<ClientJoined>();
  EXPECT_TRUE(client.raw().stays_quiet(300ms));
  client.send(offer("v=0"));
  house.next_is<ClientOffered>();
}

TEST(DoorsWebSocket, TheViewersMessagesReachTheirClient) {
  House house;
  WsClient client(house.port);
  const ClientId id = house.next_is<ClientJoined>().client;
  const std::string sdp(kMaxSdpBytes, 's');
  house.say(id + 1, SendAnswer{"for somebody who is gone"});
  house.say(id, SendAnswer{sdp});
  house.say(id, SendCandidate{{"candidate:7", 0}});
  house.say(id, SendError{"code", "Words."});
  EXPECT_EQ(client.receive_text(), R"({"type":"answer","sdp":")" + sdp + "\"}");
  EXPECT_EQ(client.receive_text(), R"({"type":"ice","candidate":"candidate:7","sdpMLineIndex":0})");
  EXPECT_EQ(client.receive_text(), R"({"type":"error","code":"code","message":"Words."})");
}

TEST(DoorsWebSocket, TheViewersCloseArrivesAfterWhatWasSaidBefore) {
  House house;
  WsClient client(house.port);
  const ClientId id = house.next_is<ClientJoined>().client;
  house.say(id, SendError{"full", "Full."});
  house.say(id, SendClose{4001, "full"});
  house.say(id, SendError{"late", "Too late."});
  EXPECT_THAT(client.receive_text(), HasSubstr("Full."));
  EXPECT_EQ(client.receive_close(), 4001);
  EXPECT_EQ(std::get<ClientLeft>(house.next_is<ClientLeft>().what).reason, "closed by the server, 4001 full");
}

TEST(DoorsWebSocket, ACloseEndsEvenWhenTheClientDoesNotAnswerIt) {
  House house;
  WsClient client(house.port);
  const ClientId id = house.next_is<ClientJoined>().client;
  const TimePoint begin = Clock::now();
  house.say(id, SendClose{1000, ""});
  house.next_is<ClientLeft>();
  EXPECT_LT(Clock::now() - begin, 4s);
}

TEST(DoorsWebSocket, AClientThatDoesNotReadIsClosedAndTheOthersAreServed) {
  House house;
  WsClient deaf(house.port, 4096);
  const ClientId id = house.next_is<ClientJoined>().client;
  WsClient other(house.port);
  const ClientId other_id = house.next_is<ClientJoined>().client;
  for (int i = 0; i < 200; ++i) house.say(id, SendAnswer{std::string(kMaxSdpBytes, 'x')});
  house.say(other_id, SendError{"a", "A."});
  EXPECT_THAT(other.receive_text(), HasSubstr("A."));
  EXPECT_EQ(house.next_is<ClientLeft>().client, id);
  EXPECT_GE(house.metric("net_outbox_refused_total"), 1);
}

TEST(DoorsWebSocket, TooLargeAMessageIsRefusedWhateverItsFragments) {
  House house;
  WsClient other(house.port);
  house.next_is<ClientJoined>();
  WsClient client(house.port);
  house.next_is<ClientJoined>();
  const std::string kilobyte(1024, 'x');
  client.send_frame(WsClient::kText, kilobyte, false);
  for (int i = 0; i < 64; ++i) client.send_frame(WsClient::kMore, kilobyte, false);
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"too-large")"));
  EXPECT_EQ(client.receive_close(), kMessageTooBig);
  house.next_is<ClientLeft>();
  other.send(offer("still here"));
  house.next_is<ClientOffered>();
  EXPECT_EQ(house.metric("net_messages_bad_total"), 1);
}

TEST(DoorsWebSocket, AFrameThatOnlyAnnouncesTooMuchIsRefusedAtItsFirstByte) {
  House house;
  WsClient client(house.port);
  client.announce_frame(WsClient::kText, std::size_t{1} << 40U);
  client.raw().write("x");
  EXPECT_THAT(client.receive_text(), HasSubstr("too-large"));
  EXPECT_EQ(client.receive_close(), kMessageTooBig);
}

TEST(DoorsWebSocket, WhatIsMalformedGetsItsErrorAndItsCloseCode) {
  House house;
  const std::string five_sections = offer("m=1\\nm=2\\nm=3\\nm=4\\nm=5\\n");
  const std::vector<std::pair<std::string, std::string>> cases = {
      {std::string(9, '['), "too-deep"},   {offer(std::string(kMaxSdpBytes + 1, 'a')), "sdp-too-large"},
      {five_sections, "too-many-media"},   {"{", "bad-json"},
      {"{\"type\":\"\xff\"}", "bad-json"}, {R"({"type":"offer"})", "bad-message"}};
  for (const auto& [text, code] : cases) {
    WsClient client(house.port);
    const ClientId id = house.next_is<ClientJoined>().client;
    client.send(text);
    client.send(offer("ignored"));
    EXPECT_THAT(client.receive_text(), HasSubstr("\"code\":\"" + code + "\""));
    EXPECT_EQ(client.receive_close(), kPolicyViolation) << code;
    EXPECT_EQ(house.next_is<ClientLeft>().client, id);
  }
}

TEST(DoorsWebSocket, BinaryIsRefusedAndAnUnknownTypeIsNot) {
  House house;
  WsClient client(house.port);
  house.next_is<ClientJoined>();
  client.send(R"({"type":"hello"})");
  EXPECT_THAT(client.receive_text(), HasSubstr("unknown-type"));
  client.send(offer("v=0"));
  house.next_is<ClientOffered>();
  client.send_frame(WsClient::kBinary, "\x01\x02", true);
  EXPECT_THAT(client.receive_text(), HasSubstr("binary"));
  EXPECT_EQ(client.receive_close(), kUnacceptableData);
}

TEST(DoorsWebSocket, NoNonsenseStopsTheServer) {
  House house({.connections = 1000});
  const std::vector<std::string> seeds = {
      "GET /ws HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\1\2\3\4zy\x88\x80\1\2\3\4",
      "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
      "GET /index.html?a=%00&b HTTP/1.1\r\nHost: x\r\n\r\n",
      "HEAD / HTTP/1.0\r\nUpgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMA\r\n\r\n"};
  std::mt19937 random(4711);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 300; ++round) {
    std::string text = seeds[below(seeds.size())] + seeds[below(seeds.size())];
    for (std::size_t change = below(6); change > 0; --change) {
      const std::size_t at = below(text.size());
      if (below(2) == 0)
        text[at] = static_cast<char>(random());
      else
        text.erase(at, below(5));
    }
    RawClient(house.port).write(text);
    while (house.to_viewers.pop()) {
    }
  }
  EXPECT_EQ(http(house.port, "GET", "/healthz").status(), 200);
}

TEST(DoorsWebSocket, BrokenFramesEndTheirConnectionOnly) {
  House house;
  WsClient other(house.port);
  house.next_is<ClientJoined>();
  const std::vector<std::string> broken = {std::string("\x83\x80\0\0\0\0", 6), std::string("\x09\x80\0\0\0\0", 6),
                                           std::string("\xf1\x80\0\0\0\0", 6), std::string("\x80\x80\0\0\0\0", 6),
                                           std::string("\x89\xfe\x01\x00", 4), std::string(300, '\xff')};
  std::deque<WsClient> clients;
  for (const std::string& bytes : broken) clients.emplace_back(house.port).raw().write(bytes);
  for (std::size_t left = 0; left < broken.size();)
    if (std::holds_alternative<ClientLeft>(house.next().what)) ++left;
  other.send(offer("v=0"));
  house.next_is<ClientOffered>();
}

TEST(DoorsWebSocket, AFullInboxMakesAClientHearBusy) {
  House house({.inbox = 2, .reserve = 1});
  WsClient client(house.port);
  client.send(offer("fits"));
  client.send(offer("does not"));
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"busy")"));
  EXPECT_EQ(client.receive_close(), kTryAgainLater);
  house.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientOffered>(house.next_is<ClientOffered>().what).sdp, "fits");
  house.next_is<ClientLeft>();
}

TEST(DoorsWebSocket, AClientTheViewersCouldNotHearOfLeavesWithoutAWord) {
  House house({.inbox = 1, .reserve = 1});
  WsClient client(house.port);
  WsClient second(house.port);
  EXPECT_THAT(second.receive_text(), HasSubstr(R"("code":"busy")"));
  EXPECT_EQ(second.receive_close(), kTryAgainLater);
  second.raw().read_all();
  const ClientId id = house.next_is<ClientJoined>().client;
  client.raw().hang_up();
  EXPECT_EQ(house.next_is<ClientLeft>().client, id);
  EXPECT_EQ(house.to_viewers.size(), 0U);
}

TEST(DoorsWebSocket, AGoodbyeIsKeptUntilTheViewersCanHearIt) {
  House house({.inbox = 1, .reserve = 0});
  auto client = std::make_unique<WsClient>(house.port);
  client.reset();
  house.wait_for_metric("net_websockets", 0);
  EXPECT_THROW(WsClient{house.port}, std::runtime_error) << "a client came in before the one that left was told of";
  const ClientId id = house.next_is<ClientJoined>().client;
  EXPECT_EQ(house.next_is<ClientLeft>().client, id);
  WsClient next(house.port);
  EXPECT_EQ(house.next_is<ClientJoined>().client, id + 1);
}

TEST(DoorsWebSocket, EveryDepartureIsToldOnce) {
  House house;
  for (int way = 0; way < 3; ++way) {
    WsClient client(house.port);
    const ClientId id = house.next_is<ClientJoined>().client;
    if (way == 0) client.raw().hang_up();
    if (way == 1) client.send_frame(WsClient::kClose, std::string("\x03\xe9", 2), true);
    if (way == 2) house.say(id, SendClose{1000, "enough"}), client.receive_close();
    const ClientEvent left = house.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    if (way == 1) {
      EXPECT_EQ(std::get<ClientLeft>(left.what).reason, "closed by the client, 1001");
    }
  }
  house.wait_for_metric("net_connections", 0);
  house.doors.reset();
  EXPECT_EQ(house.to_viewers.size(), 0U);
}

TEST(DoorsWebSocket, WhoSaysNothingForTenSecondsIsClosed) {
  House house;
  WsClient without_pong(house.port);
  house.next_is<ClientJoined>();
  RawClient silent(house.port);
  RawClient half(house.port);
  half.write("GET / HT");
  house.next_is<ClientLeft>();  // it throws after 20 s
  EXPECT_EQ(silent.read_all(), "");
  EXPECT_EQ(half.read_all(), "");
}

TEST(DoorsEnd, EverybodyHears1001EvenWhenOneDoesNotRead) {
  House house;
  WsClient deaf(house.port, 4096);
  const ClientId deaf_id = house.next_is<ClientJoined>().client;
  for (int i = 0; i < 60; ++i) house.say(deaf_id, SendAnswer{std::string(kMaxSdpBytes, 'x')});
  WsClient first(house.port);
  WsClient second(house.port);
  RawClient half(house.port);
  half.write("GET / HT");
  for (int i = 0; i < 2; ++i) house.next_is<ClientJoined>();
  const TimePoint begin = Clock::now();
  std::jthread clients([&] {
    EXPECT_EQ(first.receive_close(), kGoingAway);
    EXPECT_EQ(second.receive_close(), kGoingAway);
  });
  house.doors.reset();
  EXPECT_LT(Clock::now() - begin, 2s);
  for (int i = 0; i < 3; ++i) house.next_is<ClientLeft>();
  EXPECT_EQ(house.metric("net_connections"), 0);
  EXPECT_EQ(house.metric("net_websockets"), 0);
}

TEST(DoorsEnd, WhatWasSaidJustBeforeStillArrives) {
  House house;
  WsClient client(house.port);
  const ClientId id = house.next_is<ClientJoined>().client;
  std::jthread reader([&] {
    EXPECT_THAT(client.receive_text(), HasSubstr("Last words."));
    EXPECT_EQ(client.receive_close(), kGoingAway);
  });
  house.say(id, SendError{"last", "Last words."});
  house.doors.reset();
}

TEST(DoorsStart, APortInUseIsASentenceWithTheWayOut) {
  House house;
  try {
    Doors second({"127.0.0.1", house.port, 8, "{}"}, house.to_viewers, house.from_viewers, house.metrics);
    FAIL() << "it listens twice";
  } catch (const Fatal& fatal) {
    EXPECT_EQ(std::string(fatal.what()), "cannot listen on 127.0.0.1:" + std::to_string(house.port) +
                                             ": address already in use; stop the other program or set CS_PORT");
  }
}

TEST(DoorsStart, AnAddressOfAnotherMachineIsASentenceWithTheWayOut) {
  House house;
  try {
    Doors second({"192.0.2.1", 0, 8, "{}"}, house.to_viewers, house.from_viewers, house.metrics);
    FAIL() << "it listens on an address reserved for documents";
  } catch (const Fatal& fatal) {
    EXPECT_THAT(fatal.what(), HasSubstr("cannot listen on 192.0.2.1:0: this machine does not have that address"));
  }
}

TEST(DoorsStart, AllAddressesOfBothKindsHearIpv4AsWell) {
  std::optional<House> house;
  try {
    house.emplace(House::Room{.host = "::"});
  } catch (const Fatal& fatal) {
    GTEST_SKIP() << "no IPv6 here: " << fatal.what();
  }
  WsClient client(house->port);
  EXPECT_EQ(std::get<ClientJoined>(house->next_is<ClientJoined>().what).address, "127.0.0.1");
}

TEST(DoorsStart, ManyTimesInARowLeavesNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    House house;
    WsClient client(house.port);
    if (i % 2 == 0) house.next_is<ClientJoined>();
  }
}

}  // namespace
}  // namespace cs
