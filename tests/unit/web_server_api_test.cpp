// SPDX-License-Identifier: MIT
// Requests that the main thread answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "fakes/server_fixture.hpp"
#include "fakes/whep_client.hpp"

using namespace std::chrono_literals;
using testing::HasSubstr;

namespace cs {
namespace {

using test::ask;
using test::field;
using test::http;
using test::HttpReply;
using test::next_reply;
using test::RawClient;
using test::request;

using enum ApiMethod;

ServerFixture::Options options(const ServerTimeouts& timeouts = {}) {
  return {.connections = 200,
          .api = {{.path = "/api/thing", .methods = {get, post, erase}},
                  {.path = "/api/text", .methods = {post}, .max_body_bytes = 1000},
                  {.path = "/picture", .methods = {get}}},
          .timeouts = timeouts};
}

ApiReply text(std::string body) {
  return {.content_type = "text/x-test", .body = std::make_shared<const std::string>(std::move(body))};
}

TEST(WebServerApi, ResponseContainsTheAnswerOfTheMainThread) {
  ServerFixture server(options());
  RawClient client(server.port);
  client.write(request("POST", "/api/thing?save&x=1", ""));
  const ApiQuestion question = server.next_question();
  EXPECT_EQ(question.method, post);
  EXPECT_EQ(question.path, "/api/thing");
  EXPECT_EQ(question.query, "save&x=1");
  EXPECT_TRUE(client.stays_quiet(50ms));
  ApiReply reply = text("done");
  reply.status = 201;
  reply.fields = {{"X-Note", "here"}};
  server.answer(question.number, reply);
  const HttpReply got = next_reply(client);
  EXPECT_EQ(got.status(), 201);
  EXPECT_EQ(got.body, "done");
  EXPECT_EQ(field(got, "Content-Type"), "text/x-test");
  EXPECT_EQ(field(got, "X-Note"), "here");
  client.write(request("GET", "/healthz", ""));
  EXPECT_EQ(next_reply(client).body, "ok\n") << "the connection stays open";
}

TEST(WebServerApi, HeadRequestGetsNoBody) {
  ServerFixture server(options());
  RawClient client(server.port);
  client.write(request("HEAD", "/picture", ""));
  const ApiQuestion question = server.next_question();
  EXPECT_EQ(question.method, get);
  server.answer(question.number, text("12345"));
  EXPECT_EQ(field({.head = client.read_until("\r\n\r\n"), .body = ""}, "Content-Length"), "5");
  EXPECT_TRUE(client.stays_quiet(50ms));
}

TEST(WebServerApi, MatchingETagGets304) {
  ServerFixture server(options());
  for (const bool known : {true, false}) {
    RawClient client(server.port);
    client.write(request("GET", "/picture", std::string("If-None-Match: ") + (known ? "\"1\"" : "\"0\"") + "\r\n"));
    ApiReply reply = text("picture");
    reply.fields = {{"ETag", "\"1\""}};
    server.answer(server.next_question().number, reply);
    const HttpReply got = next_reply(client);
    EXPECT_EQ(got.status(), known ? 304 : 200);
    EXPECT_EQ(got.body, known ? "" : "picture");
  }
}

TEST(WebServerApi, RequestBodyIsForwardedUpToItsLimit) {
  ServerFixture server(options());
  RawClient client(server.port);
  client.write(request("POST", "/api/text", "", "words"));
  const ApiQuestion question = server.next_question();
  EXPECT_EQ(question.body, "words");
  server.answer(question.number, text("read"));
  EXPECT_EQ(next_reply(client).body, "read");
  EXPECT_EQ(ask(server.port, request("POST", "/api/text", "", std::string(1001, 'x'))).status(), 413);
  EXPECT_EQ(ask(server.port, request("POST", "/api/thing", "", "words")).status(), 400)
      << "this endpoint takes no body";
}

TEST(WebServerApi, OtherMethodsGet405WithTheAllowedMethods) {
  ServerFixture server(options());
  for (const char* method : {"PUT", "PATCH", "OPTIONS"}) {
    const HttpReply reply = ask(server.port, request(method, "/api/thing", ""));
    EXPECT_EQ(reply.status(), 405) << method;
    EXPECT_EQ(field(reply, "Allow"), "GET, HEAD, POST, DELETE");
  }
  const HttpReply reply = ask(server.port, request("GET", "/api/text", ""));
  EXPECT_EQ(reply.status(), 405);
  EXPECT_EQ(field(reply, "Allow"), "POST");
  EXPECT_EQ(ask(server.port, request("GET", "/api/other", "")).status(), 404);
  EXPECT_EQ(ask(server.port, request("GET", "/picture?" + std::string(65, 'x'), "")).status(), 414);
  EXPECT_FALSE(server.has_question());
}

TEST(WebServerApi, RequestsOfOtherOriginsAreRefused) {
  ServerFixture server(options());
  for (const char* origin : {"http://evil.example", "null", "http://localhost.evil.example", "http://localhost:81",
                             "https://localhost:80", "localhost"})
    for (const char* method : {"GET", "POST", "DELETE"}) {
      const HttpReply reply =
          ask(server.port, request(method, "/api/thing", std::string("Origin: ") + origin + "\r\n"));
      EXPECT_EQ(reply.status(), 403) << method << " from " << origin;
      EXPECT_THAT(reply.body, HasSubstr(origin));
    }
  EXPECT_FALSE(server.has_question());
}

TEST(WebServerApi, RequestsOfTheSameOriginAreAllowed) {
  ServerFixture::Options known = options();
  known.access.allowed_origins = {"http://a.example:1"};  // makes the host name known
  ServerFixture server(known);
  for (const char* line : {"POST /api/thing HTTP/1.1\r\nHost: a.example:8080\r\nOrigin: http://a.example:8080\r\n\r\n",
                           "POST /api/thing HTTP/1.1\r\nHost: A.example\r\nOrigin: https://a.Example\r\n\r\n",
                           "POST /api/thing HTTP/1.1\r\nHost: a.example:80\r\nOrigin: http://a.example\r\n\r\n",
                           "DELETE /api/thing HTTP/1.1\r\nHost: [::1]:80\r\nOrigin: http://[::1]\r\n\r\n",
                           "GET /picture HTTP/1.1\r\nHost: localhost\r\n\r\n"}) {
    RawClient client(server.port);
    client.write(line);
    server.answer(server.next_question().number, text("ok"));
    EXPECT_EQ(next_reply(client).status(), 200) << line;
  }
}

TEST(WebServerApi, ClientThatShutsDownSendingGetsItsResponse) {
  ServerFixture server(options());
  for (const std::string& asked :
       {request("GET", "/picture", ""), request("POST", "/api/text", "Content-Length: 2\r\n") + "ab"}) {
    RawClient client(server.port);
    client.write(asked);
    client.send_no_more();
    const ApiQuestion question = server.next_question();
    EXPECT_TRUE(client.stays_quiet(50ms));
    server.answer(question.number, text("answer"));
    EXPECT_THAT(client.read_all(), testing::EndsWith("answer"));
  }
  server.wait_for_metric("net_connections", 0);
}

TEST(WebServerApi, SlowReaderGetsTheWholeResponseAfterShutdownOrTheNextRequest) {
  ServerFixture server(options());
  const auto body = std::make_shared<const std::string>(4'000'000, 'x');
  for (const bool sends_more : {false, true}) {
    RawClient client(server.port, 4096);
    client.write(request("GET", "/picture", ""));
    ApiReply reply{.content_type = "image/x-test"};
    reply.body = body;
    server.answer(server.next_question().number, std::move(reply));
    EXPECT_EQ(client.read(1000).size(), 1000U);
    if (sends_more) client.write(request("GET", "/healthz", ""));
    client.send_no_more();
    std::this_thread::sleep_for(300ms);  // several checks whether the client reads
    const std::string rest = client.read_all();
    EXPECT_GT(rest.size(), body->size() - 1000);
    if (sends_more) {
      EXPECT_THAT(rest, testing::EndsWith("ok\n"));
    }
  }
}

TEST(WebServerApi, AnswerForADisconnectedClientIsDiscarded) {
  ServerFixture server(options());
  auto client = std::make_unique<RawClient>(server.port);
  client->write(request("GET", "/picture", ""));
  const ApiQuestion question = server.next_question();
  client->reset();
  server.wait_for_metric("net_connections", 0);
  server.answer(question.number, text("late"));
  server.answer(4711, text("to an unknown question"));
  RawClient other(server.port);
  other.write(request("GET", "/picture", ""));
  server.answer(server.next_question().number, text("mine"));
  EXPECT_EQ(next_reply(other).body, "mine");
}

TEST(WebServerApi, AtMost64QuestionsArePendingEvenWhenClientsDisconnect) {
  ServerFixture server(options());
  std::vector<std::unique_ptr<RawClient>> clients;
  std::vector<std::uint64_t> numbers;
  for (int i = 0; i < 64; ++i) {
    clients.push_back(std::make_unique<RawClient>(server.port));
    clients.back()->write(request("GET", "/picture", ""));
    numbers.push_back(server.next_question().number);
  }
  const auto full = [&] { return ask(server.port, request("GET", "/picture", "")); };
  EXPECT_EQ(full().status(), 503);
  EXPECT_EQ(field(full(), "Retry-After"), "1");
  for (int i = 0; i < 32; ++i) {
    clients.back()->reset();
    clients.pop_back();
  }
  server.wait_for_metric("net_connections", 32);
  EXPECT_EQ(full().status(), 503) << "the main thread still works on them";
  for (const std::uint64_t number : numbers) server.answer(number, text("answer"));
  for (const auto& client : clients) EXPECT_EQ(next_reply(*client).body, "answer");
  RawClient next(server.port);
  next.write(request("GET", "/picture", ""));
  server.answer(server.next_question().number, text("again"));
  EXPECT_EQ(next_reply(next).body, "again");
}

TEST(WebServerApi, LargeResponseIsNotCopiedAndDoesNotBlockOtherClients) {
  ServerFixture server(options());
  std::string large(40'000'000, 'x');
  for (std::size_t i = 0; i < large.size(); i += 4096) large[i] = static_cast<char>('a' + i / 4096 % 26);
  const auto body = std::make_shared<const std::string>(std::move(large));
  RawClient reader(server.port);
  auto stalled = std::make_unique<RawClient>(server.port, 4096);
  for (RawClient* client : {&reader, stalled.get()}) {
    client->write(request("GET", "/picture", ""));
    ApiReply reply{.content_type = "video/mp4"};
    reply.body = body;
    server.answer(server.next_question().number, std::move(reply));
  }
  EXPECT_EQ(http(server.port, "GET", "/healthz").body, "ok\n") << "while one client reads and the other does not";
  EXPECT_EQ(next_reply(reader).body, *body);
  stalled.reset();
  server.wait_for_metric("net_connections", 1);
  reader.hang_up();
  server.wait_for_metric("net_connections", 0);
  EXPECT_EQ(body.use_count(), 1) << "the body was neither kept nor copied";
}

TEST(WebServerApi, LateAnswerGets504) {
  ServerFixture server(options({.http = {.answer = 200ms}}));
  RawClient client(server.port);
  client.write(request("GET", "/picture", ""));
  const ApiQuestion question = server.next_question();
  const HttpReply reply = next_reply(client);
  EXPECT_EQ(reply.status(), 504);
  EXPECT_THAT(reply.body, HasSubstr("not answer in time"));
  server.answer(question.number, text("late"));
  EXPECT_EQ(http(server.port, "GET", "/healthz").status(), 200);
}

TEST(WebServerApi, PendingRequestGets503WhenTheServerStops) {
  ServerFixture server(options());
  RawClient client(server.port);
  client.write(request("GET", "/picture", ""));
  server.next_question();
  server.web_server.reset();
  EXPECT_EQ(next_reply(client).status(), 503);
}

}  // namespace
}  // namespace cs
