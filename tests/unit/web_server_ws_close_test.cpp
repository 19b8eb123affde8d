// SPDX-License-Identifier: MIT
// The end of WebSockets, by either side, and the events about it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fakes/server_fixture.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::WsClient;

TEST(WebServerWebSocketClose, CloseArrivesAfterEarlierMessages) {
  ServerFixture server;
  WsClient client(server.port);
  const ClientId id = server.next_is<ClientJoined>().client;
  server.say(id, SendError{"full", "Full."});
  server.say(id, SendClose{4001, "full"});
  server.say(id, SendError{"late", "Too late."});
  EXPECT_THAT(client.receive_text(), HasSubstr("Full."));
  EXPECT_EQ(client.receive_close(), 4001);
  EXPECT_EQ(std::get<ClientLeft>(server.next_is<ClientLeft>().what).reason, "closed by the server, 4001 full");
}

TEST(WebServerWebSocketClose, CloseEndsTheConnectionEvenWithoutAReplyOfTheClient) {
  ServerFixture server({.timeouts = {.websocket = {.closing = 200ms}}});
  WsClient client(server.port);
  const ClientId id = server.next_is<ClientJoined>().client;
  server.say(id, SendClose{1000, ""});
  server.next_is<ClientLeft>();
}

TEST(WebServerWebSocketClose, ClientThatDoesNotReadIsClosedAndOthersAreServed) {
  ServerFixture server({.timeouts = {.websocket = {.closing = 200ms}}});
  WsClient stalled(server.port, 4096);
  const ClientId id = server.next_is<ClientJoined>().client;
  WsClient other(server.port);
  const ClientId other_id = server.next_is<ClientJoined>().client;
  for (int i = 0; i < 200; ++i) server.say(id, SendAnswer{std::string(16'000, 'x')});
  server.say(other_id, SendError{"a", "A."});
  EXPECT_THAT(other.receive_text(), HasSubstr("A."));
  EXPECT_EQ(server.next_is<ClientLeft>().client, id);
  EXPECT_GE(server.metric("queue_refusals_total", {{"queue", "websocket-outbox"}}), 1);
}

TEST(WebServerWebSocketClose, FullInboxClosesTheClientWithBusy) {
  ServerFixture server({.inbox = 2, .reserve = 1});
  WsClient client(server.port);
  client.send(offer("fits"));
  client.send(offer("does not"));
  EXPECT_THAT(client.receive_text(), HasSubstr(R"("code":"busy")"));
  EXPECT_EQ(client.receive_close(), kTryAgainLater);
  server.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientOffered>(server.next_is<ClientOffered>().what).sdp, "fits");
  server.next_is<ClientLeft>();
}

TEST(WebServerWebSocketClose, ClientWithoutAJoinedEventSendsNoLeftEvent) {
  ServerFixture server({.inbox = 1, .reserve = 1});
  WsClient client(server.port);
  WsClient second(server.port);
  EXPECT_THAT(second.receive_text(), HasSubstr(R"("code":"busy")"));
  EXPECT_EQ(second.receive_close(), kTryAgainLater);
  second.raw().read_all();
  const ClientId id = server.next_is<ClientJoined>().client;
  client.raw().hang_up();
  EXPECT_EQ(server.next_is<ClientLeft>().client, id);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WebServerWebSocketClose, LeftEventIsKeptUntilTheInboxHasRoom) {
  ServerFixture server({.inbox = 1, .reserve = 0});
  auto client = std::make_unique<WsClient>(server.port);
  client.reset();
  server.wait_for_metric("net_websockets", 0);
  const test::HttpReply refusal = http(server.port, "GET", "/ws",
                                       "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                                       "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n");
  EXPECT_EQ(refusal.status(), 503) << "a client was accepted before the last ClientLeft was delivered";
  EXPECT_TRUE(refusal.has("Retry-After: 1\r\n"));
  const ClientId id = server.next_is<ClientJoined>().client;
  EXPECT_EQ(server.next_is<ClientLeft>().client, id);
  WsClient next(server.port);
  EXPECT_EQ(server.next_is<ClientJoined>().client, id + 1);
}

TEST(WebServerWebSocketClose, RegularCloseIsDistinguishedFromABrokenConnection) {
  ServerFixture server({.timeouts = {.goodbye = 200ms}});
  const std::vector<std::pair<std::string, bool>> closes = {{std::string("\x03\xe8", 2), true},
                                                            {std::string("\x03\xe9", 2), true},
                                                            {"", true},
                                                            {std::string("\x03\xea", 2), false},
                                                            {std::string("\x0f\xa1", 2), false}};
  const auto said_goodbye = [&] { return std::get<ClientLeft>(server.next_is<ClientLeft>().what).said_goodbye; };
  for (const auto& [payload, goodbye] : closes) {
    WsClient client(server.port);
    server.next_is<ClientJoined>();
    client.send_frame(WsClient::kClose, payload, true);
    EXPECT_EQ(said_goodbye(), goodbye) << testing::PrintToString(payload);
  }
  {
    WsClient client(server.port);
    server.next_is<ClientJoined>();
    client.raw().hang_up();
    EXPECT_FALSE(said_goodbye());
  }
  {
    WsClient client(server.port);
    server.say(server.next_is<ClientJoined>().client, SendClose{4001, "enough"});
    client.receive_close();
    EXPECT_TRUE(said_goodbye());
  }
  WsClient client(server.port);
  server.next_is<ClientJoined>();
  server.web_server.reset();
  EXPECT_TRUE(said_goodbye());
}

TEST(WebServerWebSocketClose, EachDisconnectIsReportedOnce) {
  ServerFixture server;
  for (int cause = 0; cause < 3; ++cause) {
    WsClient client(server.port);
    const ClientId id = server.next_is<ClientJoined>().client;
    if (cause == 0) client.raw().hang_up();
    if (cause == 1) client.send_frame(WsClient::kClose, std::string("\x03\xe9", 2), true);
    if (cause == 2) server.say(id, SendClose{1000, "enough"}), client.receive_close();
    const ClientEvent left = server.next_is<ClientLeft>();
    EXPECT_EQ(left.client, id);
    if (cause == 1) {
      EXPECT_EQ(std::get<ClientLeft>(left.what).reason, "closed by the client, 1001");
    }
  }
  server.wait_for_metric("net_connections", 0);
  server.web_server.reset();
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WebServerWebSocketClose, ClientThatDoesNotAnswerPingsIsClosed) {
  ServerFixture server({.timeouts = {.websocket = {.ping_s = 1, .silence_s = 2}}});
  WsClient without_pong(server.port);
  server.next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientLeft>(server.next_is<ClientLeft>().what).reason, "the connection broke");
}

}  // namespace
}  // namespace cs
