// SPDX-License-Identifier: MIT
#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libwebsockets.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "cubestream/clock.hpp"
#include "fakes/server_fixture.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace {

std::atomic<bool> lws_service_fails = false;

}  // namespace

/// Overrides the function of the library: the linker finds this one first.
int lws_service(lws_context* context, int timeout_ms) {
  static const auto real = reinterpret_cast<decltype(&lws_service)>(dlsym(RTLD_NEXT, "lws_service"));
  return lws_service_fails ? -1 : real(context, timeout_ms);
}

namespace cs {
namespace {

using test::RawClient;
using test::WsClient;

TEST(WebServerEnd, AllWebSocketsGetClose1001EvenWhenOneClientDoesNotRead) {
  ServerFixture server;
  WsClient stalled(server.port, 4096);
  const ClientId stalled_id = server.next_is<ClientJoined>().client;
  for (int i = 0; i < 60; ++i) server.say(stalled_id, SendAnswer{std::string(kMaxSdpBytes, 'x')});
  WsClient first(server.port);
  WsClient second(server.port);
  RawClient incomplete(server.port);
  incomplete.write("GET / HT");
  for (int i = 0; i < 2; ++i) server.next_is<ClientJoined>();
  const TimePoint begin = Clock::now();
  std::jthread clients([&] {
    EXPECT_EQ(first.receive_close(), kGoingAway);
    EXPECT_EQ(second.receive_close(), kGoingAway);
  });
  server.web_server.reset();
  EXPECT_LT(Clock::now() - begin, 8s) << "the incomplete request alone would wait 10 s";
  for (int i = 0; i < 3; ++i) server.next_is<ClientLeft>();
  EXPECT_EQ(server.metric("net_connections"), 0);
  EXPECT_EQ(server.metric("net_websockets"), 0);
}

TEST(WebServerEnd, MessageSentJustBeforeShutdownArrives) {
  ServerFixture server;
  WsClient client(server.port);
  const ClientId id = server.next_is<ClientJoined>().client;
  std::jthread reader([&] {
    EXPECT_THAT(client.receive_text(), HasSubstr("Last words."));
    EXPECT_EQ(client.receive_close(), kGoingAway);
  });
  server.say(id, SendError{"last", "Last words."});
  server.web_server.reset();
}

TEST(WebServerEnd, UnexpectedEndIsReportedAndLaterMessagesAreDiscarded) {
  std::promise<std::string> failed;
  ServerFixture server({.on_failed = [&](const std::string& why) { failed.set_value(why); }});
  WsClient client(server.port);
  const ClientId id = server.next_is<ClientJoined>().client;
  lws_service_fails = true;
  server.say(id, SendError{"last", "Last words."});  // wakes the net thread
  EXPECT_THAT(failed.get_future().get(), HasSubstr("the HTTP server failed"));
  server.next_is<ClientLeft>();
  // The interval between the end of the connection and the end of the context is short, and occurs once.
  for (int i = 0; i < 50; ++i) {
    server.say(id, SendError{"later", "Not delivered."});
    std::this_thread::sleep_for(1ms);
  }
  lws_service_fails = false;
  server.web_server.reset();
}

TEST(WebServerStart, PortInUseGivesAnErrorWithARemedy) {
  ServerFixture server;
  try {
    WebServer second(
        {.host = "127.0.0.1", .port = server.port, .max_connections = 8, .max_per_address = 8, .max_whep_sessions = 8},
        server.to_viewers, server.from_viewers, server.metrics);
    FAIL() << "two servers listen on one port";
  } catch (const StartupError& error) {
    EXPECT_EQ(std::string(error.what()), "cannot listen on 127.0.0.1:" + std::to_string(server.port) +
                                             ": address already in use; stop the other program or set CS_PORT");
  }
}

TEST(WebServerStart, ForeignAddressGivesAnErrorWithTheReason) {
  ServerFixture server;
  try {
    WebServer second(
        {.host = "192.0.2.1", .port = 0, .max_connections = 8, .max_per_address = 8, .max_whep_sessions = 8},
        server.to_viewers, server.from_viewers, server.metrics);
    FAIL() << "it listens on an address reserved for documentation";
  } catch (const StartupError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot listen on 192.0.2.1:0: this machine does not have that address"));
  }
}

TEST(WebServerStart, ListeningOnAllIpv6AddressesAcceptsIpv4) {
  std::optional<ServerFixture> server;
  try {
    server.emplace(ServerFixture::Options{.host = "::"});
  } catch (const StartupError& error) {
    EXPECT_THAT(error.what(), HasSubstr("cannot listen on [::]:0")) << "the error on a machine without IPv6";
    return;
  }
  WsClient client(server->port);
  const ClientEvent joined = server->next_is<ClientJoined>();
  EXPECT_EQ(std::get<ClientJoined>(joined.what).address, "127.0.0.1");
  EXPECT_EQ(std::get<ClientJoined>(joined.what).reached_at, "127.0.0.1");
}

TEST(WebServerStart, RepeatedStartAndStopLeavesNothingBehind) {
  for (int i = 0; i < 20; ++i) {
    ServerFixture server;
    WsClient client(server.port);
    if (i % 2 == 0) server.next_is<ClientJoined>();
  }
}

}  // namespace
}  // namespace cs
