// SPDX-License-Identifier: MIT
// Clients that exceed limits, and idle clients.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <deque>
#include <memory>
#include <string>
#include <thread>

#include "fakes/server_fixture.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::RawClient;
using test::WsClient;

constexpr int kMany = 300;  // more than the slots for pending connections

/// Sends an offer on a WebSocket.
void offer_by(WsClient& client, ServerFixture& server) {
  server.next_is<ClientJoined>();
  client.send(offer("v=0"));
  server.next_is<ClientOffered>();
}

TEST(WebServerLimits, ConnectionsOverTheLimitAreRefusedAndCounted) {
  ServerFixture server({.connections = 2});
  auto first = std::make_unique<WsClient>(server.port);
  offer_by(*first, server);
  WsClient second(server.port);
  offer_by(second, server);
  const auto reply = http(server.port, "GET", "/healthz");
  EXPECT_EQ(reply.status(), 503);
  EXPECT_TRUE(reply.has("Retry-After: "));
  EXPECT_THAT(reply.body, HasSubstr("too many connections"));
  EXPECT_EQ(server.metric("net_connections_refused_total", {{"reason", "full"}}), 1);
  EXPECT_THROW(WsClient third(server.port), std::runtime_error);
  first.reset();
  server.next_is<ClientLeft>();
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerLimits, LimitPerNetworkAppliesToClientsBehindAProxy) {
  ServerFixture server({.per_address = 2, .trusted_proxies = {*IpPrefix::parse("127.0.0.1")}});
  const auto begin = [&](RawClient& client, const std::string& address) {
    client.write(
        "GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nX-Forwarded-For: " +
        address + "\r\n\r\n");
    return client.read_until("\r\n\r\n").substr(9, 3);
  };
  std::deque<RawClient> sockets;
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(begin(sockets.emplace_back(server.port), "203.0.113.66"), "101");
    server.next_is<ClientJoined>();
  }
  RawClient third(server.port);
  EXPECT_EQ(begin(third, "203.0.113.66"), "503");
  EXPECT_THAT(third.read_all(), HasSubstr("your network"));
  EXPECT_EQ(http(server.port, "GET", "/healthz", "X-Forwarded-For: 203.0.113.66\r\n").status(), 503);
  EXPECT_EQ(server.metric("net_connections_refused_total", {{"reason", "address"}}), 2);
  EXPECT_EQ(begin(sockets.emplace_back(server.port), "203.0.113.67"), "101") << "another client";
  server.next_is<ClientJoined>();
  // One proxy connection sends several requests for another client: completed requests do not accumulate.
  RawClient again(server.port);
  for (int i = 0; i < 5; ++i) {
    again.write("GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: 203.0.113.67\r\n\r\n");
    EXPECT_THAT(again.read_until("ok\n"), HasSubstr("200 OK")) << i;
  }
  sockets.pop_front();
  server.next_is<ClientLeft>();
  EXPECT_EQ(http(server.port, "GET", "/healthz", "X-Forwarded-For: 203.0.113.66\r\n").status(), 200);
}

TEST(WebServerLimits, WebSocketWithoutAnOfferIsEvictedForARequest) {
  ServerFixture server({.connections = 2});
  WsClient first(server.port);
  server.next_is<ClientJoined>();
  WsClient second(server.port);
  offer_by(second, server);
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
  EXPECT_EQ(first.raw().read_all(), "");
  EXPECT_THAT(std::get<ClientLeft>(server.next_is<ClientLeft>().what).reason, HasSubstr("evicted"));
  EXPECT_EQ(server.metric("net_connections_dropped_total"), 1);
}

TEST(WebServerLimits, ManyIncompleteRequestsDoNotBlockOthers) {
  ServerFixture server({.connections = 2});
  std::deque<RawClient> dripping;
  for (int i = 0; i < kMany; ++i) dripping.emplace_back(server.port).write("GET /");
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
  EXPECT_EQ(dripping.front().read_all(), "") << "the oldest is evicted first";
  EXPECT_GE(server.metric("net_connections_dropped_total"), kMany - 64);
  dripping.back().write("healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(dripping.back().read_until("ok\n"), HasSubstr("200 OK")) << "the newest is still open";
  dripping.clear();
  server.wait_for_metric("net_connections", 0);
}

TEST(WebServerLimits, ManyIdleConnectionsDoNotBlockOthers) {
  ServerFixture server({.connections = 2});
  std::deque<RawClient> idle;
  for (int i = 0; i < kMany; ++i) {
    idle.emplace_back(server.port).write("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
    EXPECT_THAT(idle.back().read_until("ok\n"), HasSubstr("200 OK")) << i;
  }
  EXPECT_EQ(idle.front().read_all(), "");
  EXPECT_LE(server.metric("net_connections"), 66);
}

TEST(WebServerLimits, ManySilentWebSocketsEvictEachOther) {
  ServerFixture server({.inbox = 2048, .reserve = 2048, .connections = 64});
  std::deque<WsClient> silent;
  for (int i = 0; i < 100; ++i) silent.emplace_back(server.port);
  EXPECT_EQ(silent.front().raw().read_all(), "");
  WsClient real(server.port);
  real.send(offer("v=0"));
  while (!std::holds_alternative<ClientOffered>(server.next().what)) {
  }
  server.wait_for_metric("net_websockets", 32);  // the offer of the new client freed a slot
  EXPECT_EQ(server.metric("net_connections_dropped_total"), 69);
}

TEST(WebServerLimits, WebSocketWithoutAnOfferIsClosedUnlessItRequestedTheStamp) {
  // The time limit also covers the time before the stamp request, on a busy machine.
  ServerFixture server({.timeouts = {.websocket = {.offer = 1s, .closing = 200ms}}});
  WsClient stamps(server.port);  // connected first, so that its time expires first
  server.next_is<ClientJoined>();
  stamps.send(R"({"type":"stamp","on":true})");
  server.next_is<ClientWantsStamp>();
  WsClient silent(server.port);
  server.next_is<ClientJoined>();
  std::string heard;
  do {  // messages other than an offer do not extend the time limit
    silent.send(R"({"type":"clock","id":1})");
    heard = silent.receive_text();
    std::this_thread::sleep_for(50ms);
  } while (heard.starts_with("{"));
  EXPECT_EQ(heard, "(close 1008)");
  EXPECT_EQ(std::get<ClientLeft>(server.next_is<ClientLeft>().what).reason,
            "closed by the server, 1008 no offer came within 1 s");
  EXPECT_EQ(server.metric("net_websockets_silent_total"), 1);
  EXPECT_EQ(server.metric("net_websockets"), 1);
}

TEST(WebServerLimits, ClientThatSendsTooManyMessagesIsClosedWithAnError) {
  ServerFixture server({.inbox = 1024});
  WsClient client(server.port);
  for (int i = 0; i < 1000; ++i) client.send(R"({"type":"ice"})");
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"too-many-messages")"));
  EXPECT_EQ(client.receive_close(), kPolicyViolation);
  EXPECT_EQ(server.metric("net_messages_flood_total"), 1);
  EXPECT_EQ(server.metric("net_messages_bad_total"), 0);
}

TEST(WebServerLimits, EmptyFramesCountAsMessages) {
  ServerFixture server;
  WsClient client(server.port);
  client.send_frame(WsClient::kText, "{", false);
  for (int i = 0; i < 1000; ++i) client.send_frame(WsClient::kMore, "", false);
  EXPECT_THAT(client.receive_text(), HasSubstr("too-many-messages"));
}

TEST(WebServerLimits, ClientThatOffersTooOftenIsClosedWithAnError) {
  ServerFixture server;
  WsClient client(server.port);
  for (int i = 0; i < 20; ++i) client.send(offer("v=0"));
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"too-many-offers")"));
  EXPECT_EQ(client.receive_close(), kPolicyViolation);
  server.next_is<ClientJoined>();
  for (int i = 0; i < 5; ++i) server.next_is<ClientOffered>();
}

}  // namespace
}  // namespace cs
