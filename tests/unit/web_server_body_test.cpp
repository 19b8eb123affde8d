// SPDX-License-Identifier: MIT
// Malicious request bodies: the HTTP server survives them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <ctime>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "fakes/server_fixture.hpp"
#include "fakes/whep_client.hpp"
#include "signalling/messages.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::http;
using test::HttpReply;
using test::kWhepOffer;
using test::next_reply;
using test::post;
using test::RawClient;
using test::request;

const std::string kGet = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kPost = "POST /whep HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/sdp\r\n";

std::string chunk(const std::string& data) {
  char size[16];
  std::snprintf(size, sizeof size, "%zx\r\n", data.size());
  return size + data + "\r\n";
}

/// CPU time of this process, independent of the load of the machine.
std::chrono::milliseconds cpu_time() {
  timespec time = {};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return std::chrono::seconds(time.tv_sec) + std::chrono::milliseconds(time.tv_nsec / 1'000'000);
}

/// Expects that the HTTP server responds and uses no CPU time while idle.
void expect_idle(ServerFixture& server, RawClient& client) {
  EXPECT_EQ(http(server.port, "GET", "/healthz").body, "ok\n");
  const auto before = cpu_time();
  EXPECT_TRUE(client.stays_quiet(100ms));
  EXPECT_LT(cpu_time() - before, 50ms) << "a thread spins";
  EXPECT_EQ(http(server.port, "GET", "/healthz").body, "ok\n");
}

ClientId offered(ServerFixture& server) {
  const ClientId id = server.next_is<ClientJoined>().client;
  EXPECT_EQ(std::get<ClientOffered>(server.next_is<ClientOffered>().what).sdp, kWhepOffer);
  return id;
}

TEST(WebServerBody, OfferIsTheSameWithContentLengthOrChunksAndInAnyPieces) {
  ServerFixture server;
  const std::string half = kWhepOffer.substr(0, 50);
  const std::string rest = kWhepOffer.substr(50);
  const std::string in_chunks = kPost + "Transfer-Encoding: chunked\r\n\r\n" + chunk(half) + chunk(rest) + "0\r\n\r\n";
  for (const std::string& text : {post(), in_chunks})
    for (const std::size_t piece : {text.size(), std::size_t{100}, std::size_t{1}}) {
      RawClient client(server.port);
      for (std::size_t at = 0; at < text.size(); at += piece) client.write(text.substr(at, piece));
      server.say(offered(server), SendAnswer{"v=0"});
      EXPECT_EQ(next_reply(client).status(), 201);
    }
}

TEST(WebServerBody, PendingRequestUsesNoCpuTime) {
  ServerFixture server;
  for (const std::string& after : {std::string(), std::string("\r\n"), kGet, post(), std::string(30'000, 'x')}) {
    RawClient client(server.port);
    client.write(post() + after);
    const ClientId id = offered(server);
    expect_idle(server, client);
    server.say(id, SendAnswer{"v=0"});
    EXPECT_EQ(next_reply(client).status(), 201);
  }
}

TEST(WebServerBody, PipelinedRequestsAreSeparated) {
  ServerFixture server;
  RawClient client(server.port);
  // All in one packet: one request, and a second with an empty body, which is refused.
  client.write(kGet + post("", "Content-Length: 0\r\n"));
  EXPECT_EQ(next_reply(client).body, "ok\n");
  EXPECT_EQ(next_reply(client).status(), 400);
  RawClient other(server.port);
  other.write(kGet + kGet + post() + kGet);
  EXPECT_EQ(next_reply(other).body, "ok\n");
  EXPECT_EQ(next_reply(other).body, "ok\n");
  const ClientId id = offered(server);
  expect_idle(server, other);
  server.say(id, SendAnswer{"v=0"});
  EXPECT_EQ(next_reply(other).status(), 201);
  other.read_all();  // throws unless the server closes the connection: requests sent too early get no response
}

TEST(WebServerBody, UnexpectedBodyClosesTheConnection) {
  ServerFixture server;
  for (const char* method : {"GET", "HEAD", "DELETE", "OPTIONS", "PUT"})
    for (const char* path : {"/", "/whep", "/whep/x", "/nothing"}) {
      RawClient sized(server.port);
      sized.write(request(method, path, "", kGet) + kGet);
      EXPECT_EQ(sized.read_all().find("ok\n"), std::string::npos) << method << path;
      RawClient chunked(server.port);
      chunked.write(request(method, path, "Transfer-Encoding: chunked\r\n") + chunk(kGet) + "0\r\n\r\n" + kGet);
      EXPECT_EQ(chunked.read_all().find("ok\n"), std::string::npos) << method << path;
    }
  EXPECT_EQ(server.to_viewers.size(), 0U);
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerBody, InvalidContentLengthIsRefused) {
  ServerFixture server;
  for (const char* length : {"-5", "+5", "0x5", "5, 5", "5\r\nContent-Length: 5", "5\r\nContent-Length: 6", "five", " ",
                             "5\r\nTransfer-Encoding: chunked"}) {
    RawClient client(server.port);
    client.write(kPost + "Content-Length: " + length + "\r\n\r\n" + kWhepOffer + kGet);
    EXPECT_EQ(next_reply(client).status(), 400) << length;
    client.read_all();
  }
  for (const char* length : {"131073", "100000000", "18446744073709551615", "18446744073709551616",
                             "99999999999999999999999999999999999999999"}) {
    RawClient client(server.port);
    client.write(kPost + "Content-Length: " + length + "\r\n\r\n");  // refused before any byte of the body
    EXPECT_EQ(next_reply(client).status(), 413) << length;
  }
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WebServerBody, TooSmallContentLengthTruncatesTheOffer) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(kPost + "Content-Length: 5\r\n\r\n" + kWhepOffer);
  const ClientId id = server.next_is<ClientJoined>().client;
  EXPECT_EQ(std::get<ClientOffered>(server.next_is<ClientOffered>().what).sdp, kWhepOffer.substr(0, 5));
  expect_idle(server, client);
  server.say(id, SendError{"bad-sdp", "No."});
  EXPECT_EQ(next_reply(client).status(), 400);
  client.read_all();
}

TEST(WebServerBody, OversizedOrMalformedChunksAreRefused) {
  ServerFixture server;
  const std::string head = kPost + "Transfer-Encoding: chunked\r\n\r\n";
  const std::vector<std::pair<std::string, int>> cases = {{chunk(std::string(kMaxSdpBytes + 1, 'x')), 413},
                                                          {"ffffffffffffffff\r\n", 413},
                                                          {"hello\r\n", 400},
                                                          {"-1\r\n", 400},
                                                          {"5\r\nhello!!\r\n", 400},
                                                          {std::string(1000, '1'), 400},
                                                          {"0\r\n\r\n", 400}};
  for (const auto& [text, status] : cases) {
    RawClient client(server.port);
    client.write(head + text + kGet);
    EXPECT_EQ(next_reply(client).status(), status) << text.substr(0, 20);
    client.read_all();
  }
  RawClient large(server.port);
  large.write(head);
  for (int i = 0; i < 150; ++i) large.write(chunk(std::string(1000, 'x')));
  EXPECT_EQ(next_reply(large).status(), 413);
}

TEST(WebServerBody, ClientOfAFarTooLargeBodyStillGetsTheError) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(kPost + "Content-Length: 500000\r\n\r\n" + std::string(500'000, 'x'));
  const HttpReply reply = next_reply(client);
  EXPECT_EQ(reply.status(), 413);
  EXPECT_TRUE(reply.has("Access-Control-Allow-Methods: "));
  EXPECT_EQ(reply.body, "The SDP of the offer is larger than 128 KB.\n");
}

TEST(WebServerBody, Expect100ContinueIsAnswered) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(kPost + "Expect: 100-continue\r\nContent-Length: " + std::to_string(kWhepOffer.size()) + "\r\n\r\n");
  EXPECT_EQ(client.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  client.write(kWhepOffer);
  server.say(offered(server), SendAnswer{"v=0"});
  EXPECT_EQ(next_reply(client).status(), 201);
  RawClient large(server.port);
  large.write(kPost + "Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n");
  EXPECT_EQ(next_reply(large).status(), 413);
  RawClient miracles(server.port);
  miracles.write(kPost + "Expect: miracles\r\nContent-Length: 5\r\n\r\n");
  EXPECT_EQ(next_reply(miracles).status(), 417);
}

TEST(WebServerBody, DisconnectInsideARequestLeavesNothing) {
  ServerFixture server;
  const std::string text = post();
  for (std::size_t size = 1; size < text.size(); size += 7) RawClient(server.port).write(text.substr(0, size));
  const std::string chunks = kPost + "Transfer-Encoding: chunked\r\n\r\n" + chunk(kWhepOffer);
  for (std::size_t size = 150; size <= chunks.size(); size += 7) RawClient(server.port).write(chunks.substr(0, size));
  server.wait_for_metric("net_connections", 0);
  EXPECT_EQ(server.to_viewers.size(), 0U);
  EXPECT_EQ(server.metric("net_whep_sessions"), 0);
}

TEST(WebServerBody, FloodDuringAPendingOfferClosesTheConnection) {
  ServerFixture server;
  RawClient client(server.port);
  client.write(post() + std::string(1'000'000, 'x'));
  const ClientId id = offered(server);
  const ClientEvent left = server.next_is<ClientLeft>();
  EXPECT_EQ(left.client, id);
  EXPECT_FALSE(std::get<ClientLeft>(left.what).said_goodbye);
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerBody, ClientThatSendsAndNeverReadsIsClosed) {
  ServerFixture server({.timeouts = {.http = {.reply = 200ms}}});
  RawClient client(server.port, 4096);
  std::string requests;
  for (int i = 0; i < 20000; ++i) requests += request("OPTIONS", "/whep", "");
  client.write(requests);
  server.wait_for_metric("net_connections", 0);
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerBody, UnreadResponseUsesNoCpuTime) {
  ServerFixture server;
  auto client = std::make_unique<RawClient>(server.port, 4096);
  client->write(post());
  const ClientId id = offered(server);
  server.say(id, SendAnswer{std::string(10'000'000, 'x')});
  expect_idle(server, *std::make_unique<RawClient>(server.port));
  client.reset();
  server.wait_for_metric("net_connections", 0);
}

TEST(WebServerBody, TimeLimitAppliesToTheWholeBody) {
  ServerFixture server({.timeouts = {.http = {.body = 300ms}}});
  RawClient dripping(server.port);
  dripping.write(kPost + "Content-Length: 1000\r\n\r\n");
  RawClient silent(server.port);
  silent.write(kPost + "Content-Length: 1000\r\n\r\nv=0");
  RawClient chunks(server.port);
  chunks.write(kPost + "Transfer-Encoding: chunked\r\n\r\n");
  while (dripping.stays_quiet(20ms)) {  // single bytes do not extend the time limit
    dripping.write("x");
    chunks.write("1\r\nx\r\n");
  }
  for (RawClient* client : {&dripping, &silent, &chunks}) {
    const HttpReply reply = next_reply(*client);
    EXPECT_EQ(reply.status(), 408);
    EXPECT_EQ(reply.body, "The request body did not arrive within 0.3 seconds.\n");
    EXPECT_TRUE(reply.has("Access-Control-Allow-Methods: "));
  }
  EXPECT_EQ(server.metric("net_requests_bad_total"), 3);
  EXPECT_EQ(server.to_viewers.size(), 0U);
}

TEST(WebServerBody, RandomInputDoesNotStopTheServer) {
  ServerFixture server({.connections = 1000, .whep_sessions = 1000});
  const std::vector<std::string> seeds = {
      post(), kPost + "Transfer-Encoding: chunked\r\n\r\n" + chunk(kWhepOffer) + "0\r\n\r\n", kGet,
      request("PATCH", "/whep/x", "Content-Type: application/trickle-ice-sdpfrag\r\nIf-Match: *\r\n", "a=x\r\n"),
      kPost + "Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"};
  std::mt19937 random(4711);
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (int round = 0; round < 500; ++round) {
    std::string text = seeds[below(seeds.size())] + seeds[below(seeds.size())] + seeds[below(seeds.size())];
    for (std::size_t change = below(6); change > 0; --change) {
      const std::size_t at = below(text.size());
      if (below(2) == 0)
        text[at] = static_cast<char>(random());
      else
        text.erase(at, below(5));
    }
    RawClient(server.port).write(text);
    while (const auto event = server.to_viewers.pop())
      if (std::holds_alternative<ClientOffered>(event->what)) server.say(event->client, SendAnswer{"v=0"});
  }
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

}  // namespace
}  // namespace cs
