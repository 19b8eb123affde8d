// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "cubestream/clock.hpp"
#include "fakes/server_fixture.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::RawClient;
using test::WsClient;

TEST(WebServerWebSocket, ClientMessagesReachTheViewers) {
  ServerFixture server;
  WsClient client(server.port);
  const ClientEvent joined = server.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientJoined>(joined.what).address, "127.0.0.1");
  client.send(offer("v=0\\r\\n"));
  const ClientEvent offered = server.next_is<ClientOffered>();
  EXPECT_EQ(offered.client, joined.client);
  EXPECT_EQ(std::get<ClientOffered>(offered.what).sdp, "v=0\r\n");
  client.send_frame(WsClient::kText, R"({"type":"ice","cand)", false);
  client.send_frame(WsClient::kPing, "in between", true);
  client.send_frame(WsClient::kMore, "", false);
  client.send_frame(WsClient::kMore, R"(idate":"candidate:1","sdpMLineIndex":1})", true);
  const Candidate candidate = std::get<ClientTrickled>(server.next_is<ClientTrickled>().what).candidate;
  EXPECT_EQ(candidate.text, "candidate:1");
  EXPECT_EQ(candidate.mline_index, 1U);
  EXPECT_EQ(server.metric("net_messages_received_total"), 2);
  EXPECT_EQ(server.metric("net_websockets"), 1);
}

TEST(WebServerWebSocket, ClientsGetTheNoticeOfTheScene) {
  LatestValue<SceneState> scene;
  ServerFixture server({.scene = &scene});
  const auto publish = [&](const std::string& notice) {
    scene.publish({{640, 480}, notice});
    server.from_viewers.wake();
  };
  const auto json = [](const std::string& notice) { return R"({"type":"notice","text":")" + notice + R"("})"; };
  WsClient first(server.port);
  server.next_is<ClientJoined>();
  publish("it has ended");
  EXPECT_EQ(first.receive_text(), json("it has ended"));
  WsClient second(server.port);
  EXPECT_EQ(second.receive_text(), json("it has ended"));
  publish("it has ended");  // again: nothing changes
  publish("");
  EXPECT_EQ(first.receive_text(), json(""));
  EXPECT_EQ(second.receive_text(), json(""));
  WsClient third(server.port);
  third.send(R"({"type":"clock","id":5})");
  EXPECT_THAT(third.receive_text(), HasSubstr("clock")) << "no notice, as there is none";
}

TEST(WebServerWebSocket, UnknownSubprotocolIsRefused) {
  ServerFixture server;
  const auto ask = [&](const std::string& fields) {
    RawClient client(server.port);
    client.write(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
        fields + "\r\n");
    return client.read_until("\r\n\r\n");
  };
  EXPECT_THAT(ask("Sec-WebSocket-Protocol: chat, superchat\r\n"), HasSubstr(" 400 "));
  EXPECT_THAT(ask("Sec-WebSocket-Protocol: chat, cubestream\r\n"), HasSubstr(" 101 "));
  EXPECT_THAT(ask("Sec-WebSocket-Protocol: cubestream\r\n"), HasSubstr("Sec-WebSocket-Protocol: cubestream"));
}

TEST(WebServerWebSocket, ClockRequestIsAnsweredAndStampRequestIsForwarded) {
  ServerFixture server;
  WsClient client(server.port);
  server.next_is<ClientJoined>();
  client.send(R"({"type":"clock","id":5})");
  EXPECT_THAT(client.receive_text(), HasSubstr(R"({"type":"clock","id":5,"wallMs":)"));
  client.send(R"({"type":"stamp","on":true})");
  EXPECT_TRUE(std::get<ClientWantsStamp>(server.next_is<ClientWantsStamp>().what).on);
}

TEST(WebServerWebSocket, UpgradeWorksOnAConnectionThatServedAPage) {
  ServerFixture server;
  WsClient client(server.port, 0, "/");
  server.next_is<ClientJoined>();
  EXPECT_TRUE(client.raw().stays_quiet(100ms));
  client.send(offer("v=0"));
  server.next_is<ClientOffered>();
}

TEST(WebServerWebSocket, MessagesOfTheViewersReachTheirClient) {
  ServerFixture server;
  WsClient client(server.port);
  const ClientId id = server.next_is<ClientJoined>().client;
  const std::string sdp(kMaxSdpBytes, 's');
  server.say(id + 1, SendAnswer{"for a disconnected client"});
  server.say(id, SendAnswer{sdp});
  server.say(id, SendCandidate{{"candidate:7", 0}});
  server.say(id, SendError{"code", "Text."});
  EXPECT_EQ(client.receive_text(), R"({"type":"answer","sdp":")" + sdp + "\"}");
  EXPECT_EQ(client.receive_text(), R"({"type":"ice","candidate":"candidate:7","sdpMLineIndex":0})");
  EXPECT_EQ(client.receive_text(), R"({"type":"error","code":"code","message":"Text."})");
}

TEST(WebServerWebSocket, OversizedMessageIsRefusedAlsoInFragments) {
  ServerFixture server;
  WsClient other(server.port);
  server.next_is<ClientJoined>();
  WsClient client(server.port);
  server.next_is<ClientJoined>();
  const std::string piece(kMaxMessageBytes / 32, 'x');
  client.send_frame(WsClient::kText, piece, false);
  for (int i = 0; i < 32; ++i) client.send_frame(WsClient::kMore, piece, false);
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"too-large")"));
  EXPECT_EQ(client.receive_close(), kMessageTooBig);
  server.next_is<ClientLeft>();
  other.send(offer("still here"));
  server.next_is<ClientOffered>();
  EXPECT_EQ(server.metric("net_messages_bad_total"), 1);
}

TEST(WebServerWebSocket, OversizedFrameIsRefusedAtItsFirstByte) {
  ServerFixture server;
  WsClient client(server.port);
  client.announce_frame(WsClient::kText, std::size_t{1} << 40U);
  client.raw().write("x");
  EXPECT_THAT(client.receive_text(), HasSubstr("too-large"));
  EXPECT_EQ(client.receive_close(), kMessageTooBig);
}

TEST(WebServerWebSocket, MalformedMessageGetsAnErrorAndACloseCode) {
  ServerFixture server;
  std::string sections;
  for (int i = 0; i < 33; ++i) sections += "m=\\n";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {std::string(9, '['), "too-deep"},   {offer(std::string(kMaxSdpBytes + 1, 'a')), "sdp-too-large"},
      {offer(sections), "too-many-media"}, {"{", "bad-json"},
      {"{\"type\":\"\xff\"}", "bad-json"}, {R"({"type":"offer"})", "bad-message"}};
  for (const auto& [text, code] : cases) {
    WsClient client(server.port);
    const ClientId id = server.next_is<ClientJoined>().client;
    client.send(text);
    client.send(offer("ignored"));
    EXPECT_THAT(client.receive_text(), HasSubstr("\"code\":\"" + code + "\""));
    EXPECT_EQ(client.receive_close(), kPolicyViolation) << code;
    EXPECT_EQ(server.next_is<ClientLeft>().client, id);
  }
}

TEST(WebServerWebSocket, AnUnknownTypeDoesNotCloseTheConnection) {
  ServerFixture server;
  WsClient client(server.port);
  server.next_is<ClientJoined>();
  client.send(R"({"type":"hello"})");
  EXPECT_THAT(client.receive_text(), HasSubstr("unknown-type"));
  client.send(offer("v=0"));
  server.next_is<ClientOffered>();
}

TEST(WebServerWebSocket, RandomInputDoesNotStopTheServer) {
  ServerFixture server({.connections = 1000});
  const std::vector<std::string> seeds = {
      "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: "
      "13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x81\x82\1\2\3\4zy\x88\x80\1\2\3\4",
      "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello",
      "GET /index.html?a=%00&b HTTP/1.1\r\nHost: localhost\r\n\r\n",
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
    RawClient(server.port).write(text);
    while (server.to_viewers.pop()) {
    }
  }
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerWebSocket, BrokenFramesEndOnlyTheirConnection) {
  ServerFixture server({.timeouts = {.websocket = {.closing = 200ms}}});
  WsClient other(server.port);
  server.next_is<ClientJoined>();
  const std::vector<std::string> broken = {std::string("\x83\x80\0\0\0\0", 6), std::string("\x09\x80\0\0\0\0", 6),
                                           std::string("\xf1\x80\0\0\0\0", 6), std::string("\x80\x80\0\0\0\0", 6),
                                           std::string("\x89\xfe\x01\x00", 4), std::string(300, '\xff')};
  std::deque<WsClient> clients;
  for (const std::string& bytes : broken) clients.emplace_back(server.port).raw().write(bytes);
  for (std::size_t left = 0; left < broken.size();)
    if (std::holds_alternative<ClientLeft>(server.next().what)) ++left;
  other.send(offer("v=0"));
  server.next_is<ClientOffered>();
}

}  // namespace
}  // namespace cs
