// SPDX-License-Identifier: MIT
#include "http/http_request.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "http/http_body.hpp"

namespace cs {
namespace {

using Body = HttpRequest::Body;
using Progress = BodyReader::Progress;

/// Parses a head. Adds a Host field if HTTP/1.1 requires one and it is missing.
std::variant<HttpRequest, Reply> read(std::string head) {
  const auto end = head.find("HTTP/1.1\r\n");
  if (end != head.npos && head.find("Host:") == head.npos) head.insert(end + 10, "Host: x\r\n");
  return parse_request(head + "\r\n");
}

HttpRequest parsed(const std::string& head) {
  auto result = read(head);
  if (const auto* refusal = std::get_if<Reply>(&result)) {
    ADD_FAILURE() << head << ": " << refusal->status << " " << refusal->body();
    return {};
  }
  return std::get<HttpRequest>(std::move(result));
}

int refused(const std::string& head) {
  const auto result = read(head);
  const auto* refusal = std::get_if<Reply>(&result);
  return refusal == nullptr ? 0 : refusal->status;
}

TEST(HttpRequest, ParsesMethodPathAndFields) {
  const HttpRequest request = parsed(
      "POST /whep?a=b HTTP/1.1\r\nHost: x\r\nContent-TYPE: \tApplication/SDP ; charset=utf-8\r\nAccept: "
      "a\r\nAccept:b\r\n"
      "Content-Length: 12\r\n");
  EXPECT_EQ(request.method, Method::post);
  EXPECT_EQ(request.path, "/whep");
  EXPECT_EQ(request.media_type(), "application/sdp");
  EXPECT_EQ(request.field("accept"), "a, b");
  EXPECT_EQ(request.field("nothing"), "");
  EXPECT_EQ(request.body, Body::sized);
  EXPECT_EQ(request.body_size, 12U);
  EXPECT_TRUE(request.keeps_alive);
  EXPECT_FALSE(request.expects_continue);
}

TEST(HttpRequest, ParsesMethodsAndTargetForms) {
  const std::vector<std::pair<std::string, Method>> methods = {
      {"GET", Method::get},      {"HEAD", Method::head},       {"POST", Method::post}, {"PATCH", Method::patch},
      {"DELETE", Method::erase}, {"OPTIONS", Method::options}, {"PUT", Method::other}, {"get", Method::other}};
  for (const auto& [name, method] : methods) EXPECT_EQ(parsed(name + " / HTTP/1.1\r\n").method, method) << name;
  const std::vector<std::pair<std::string, std::string>> targets = {
      {"/a/b", "/a/b"},     {"/a?b?c", "/a"}, {"http://host:80/a?b", "/a"},
      {"http://host", "/"}, {"*", "*"},       {"/a?u=http://x/y", "/a"}};
  for (const auto& [target, path] : targets) EXPECT_EQ(parsed("GET " + target + " HTTP/1.1\r\n").path, path);
}

TEST(HttpRequest, KeepAliveFollowsTheVersionAndConnection) {
  EXPECT_TRUE(parsed("GET / HTTP/1.1\r\n").keeps_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.0\r\n").keeps_alive);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nConnection: x, Close\r\n").keeps_alive);
  EXPECT_TRUE(parsed("GET / HTTP/1.0\r\nConnection: keep-alive\r\n").keeps_alive);
}

TEST(HttpRequest, OnlyWebSocketUpgradesAreRecognised) {
  const std::string get = "GET / HTTP/1.1\r\n";
  EXPECT_TRUE(parsed(get + "Upgrade: WebSocket\r\nConnection: keep-alive, Upgrade\r\n").wants_websocket);
  EXPECT_FALSE(parsed(get + "Upgrade: websocket\r\n").wants_websocket);
  EXPECT_FALSE(parsed(get + "Upgrade: h2c\r\nConnection: Upgrade\r\n").wants_websocket);
  EXPECT_FALSE(parsed(get + "Upgrade: h2c\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n").wants_websocket);
}

TEST(HttpRequest, AcceptsATypeByNameOrWildcardUnlessItsWeightIsZero) {
  const auto accepts = [](const std::string& fields) {
    return parsed("GET / HTTP/1.1\r\n" + fields).accepts("application/sdp");
  };
  for (const char* accept : {"*/*", "application/*;q=1", "text/html, Application/SDP;q=0.1"})
    EXPECT_TRUE(accepts("Accept: " + std::string(accept) + "\r\n")) << accept;
  for (const char* accept : {"text/*", "application/json", "application/sdp; q=0.0", "app/*"})
    EXPECT_FALSE(accepts("Accept: " + std::string(accept) + "\r\n")) << accept;
  EXPECT_TRUE(accepts(""));
}

TEST(HttpRequest, AmbiguousBodyLengthIsRefused) {
  const std::string post = "POST / HTTP/1.1\r\n";
  EXPECT_EQ(parsed(post).body, Body::none);
  EXPECT_EQ(parsed(post + "Content-Length: 0\r\n").body, Body::none);
  EXPECT_EQ(parsed(post + "Transfer-Encoding: Chunked\r\n").body, Body::chunked);
  EXPECT_EQ(parsed(post + "Content-Length: 99999999999999999999999999\r\n").body_size, UINT64_MAX);
  for (const char* size : {"-1", "+1", "0x10", "1 2", "1,1", "", "1.0", "five"})
    EXPECT_EQ(refused(post + "Content-Length: " + size + "\r\n"), 400) << size;
  EXPECT_EQ(refused(post + "Content-Length: 5\r\nContent-Length: 5\r\n"), 400);
  EXPECT_EQ(refused(post + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400);
  EXPECT_EQ(refused(post + "Transfer-Encoding: gzip, chunked\r\n"), 501);
  EXPECT_EQ(refused(post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 501);
  const auto old = parse_request("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n");
  EXPECT_EQ(std::get<Reply>(old).body(), "HTTP/1.0 does not support Transfer-Encoding.\n");
  EXPECT_EQ(refused(post + "Content-Length : 5\r\n"), 400);
}

TEST(HttpRequest, NeedsExactlyOneHost) {
  const auto status = [](const std::string& head) {
    const auto result = parse_request(head + "\r\n");
    const auto* refusal = std::get_if<Reply>(&result);
    return refusal == nullptr ? 0 : refusal->status;
  };
  const std::string get = "GET / HTTP/1.1\r\n";
  EXPECT_EQ(status(get), 400);
  EXPECT_EQ(status(get + "Host: a\r\n"), 0);
  EXPECT_EQ(status(get + "Host:\r\n"), 0) << "empty, but present";
  EXPECT_EQ(status(get + "Host: a\r\nHost: a\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.0\r\n"), 0);
  EXPECT_EQ(status("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n"), 400);
}

TEST(HttpRequest, SupportsOnly100Continue) {
  EXPECT_TRUE(parsed("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-Continue\r\n").expects_continue);
  EXPECT_FALSE(parsed("GET / HTTP/1.1\r\nExpect: 100-continue\r\n").expects_continue);
  EXPECT_FALSE(parsed("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n").expects_continue);
  EXPECT_EQ(refused("POST / HTTP/1.1\r\nExpect: miracles\r\n"), 417);
}

TEST(HttpRequest, MalformedRequestsAreRefused) {
  EXPECT_EQ(refused("PRI * HTTP/2.0\r\n"), 505);
  EXPECT_EQ(refused("GET / HTTP/0.9\r\n"), 505);
  for (const char* line : {"GET /", "GET", "", " / HTTP/1.1", "GET  / HTTP/1.1", "GET / x HTTP/1.1", "G(T / HTTP/1.1",
                           "GET /\x01 HTTP/1.1", "GET /\t HTTP/1.1", "GET / FTP/1.1"})
    EXPECT_EQ(refused(std::string(line) + "\r\n"), 400) << line;
  for (const char* field : {"no colon", ": no name", "bad name: x", " folded: x", "x: \x01", "x: a\nb: c"})
    EXPECT_EQ(refused("GET / HTTP/1.1\r\n" + std::string(field) + "\r\n"), 400) << field;
  EXPECT_EQ(refused(std::string("GET / HTTP/1.1\r\nx: a\0b\r\n", 24)), 400);
  std::string many = "GET / HTTP/1.1\r\n";
  for (int i = 0; i < 100; ++i) many += "x: y\r\n";
  EXPECT_EQ(refused(many), 431);
}

BodyReader sized(std::uint64_t size, std::size_t limit) {
  HttpRequest request;
  request.body = Body::sized;
  request.body_size = size;
  return {request, limit};
}

BodyReader chunked(std::size_t limit) {
  HttpRequest request;
  request.body = Body::chunked;
  return {request, limit};
}

TEST(HttpBody, SizedBodyEndsAtItsContentLength) {
  BodyReader body = sized(5, 5);
  EXPECT_EQ(body.wants(), 5U);
  EXPECT_EQ(body.take("he"), Progress::more);
  EXPECT_EQ(body.wants(), 3U);
  EXPECT_EQ(body.take("llo, and more"), Progress::whole);
  EXPECT_EQ(body.release(), "hello");
  EXPECT_EQ(sized(6, 5).take("h"), Progress::too_large);
  EXPECT_EQ(sized(UINT64_MAX, 5).take("h"), Progress::too_large);
}

TEST(HttpBody, ChunksAreJoinedInAnyPieces) {
  const std::string text = "5;name=\"value\"\r\nhello\r\n 7 \r\n, world\r\n0\r\nTrailer: x\r\n\r\nGET / HTTP/1.1";
  for (std::size_t piece = 1; piece < text.size(); ++piece) {
    BodyReader body = chunked(12);
    Progress progress = Progress::more;
    for (std::size_t at = 0; at < text.size() && progress == Progress::more; at += piece)
      progress = body.take(text.substr(at, piece));
    EXPECT_EQ(progress, Progress::whole);
    EXPECT_EQ(body.release(), "hello, world") << "in pieces of " << piece;
  }
}

TEST(HttpBody, OversizedChunksAreRefusedByTheirSizeLine) {
  EXPECT_EQ(chunked(12).take("d\r\n"), Progress::too_large);
  EXPECT_EQ(chunked(12).take("6\r\nhello \r\n7\r\n"), Progress::too_large);
  EXPECT_EQ(chunked(12).take("ffffffff\r\n"), Progress::too_large);
  EXPECT_EQ(chunked(12).take("ffffffffffffffffffffffff\r\n"), Progress::too_large);
  EXPECT_EQ(chunked(12).take("000000000\r\n"), Progress::too_large);
  BodyReader trailers = chunked(100);
  EXPECT_EQ(trailers.take("0\r\n"), Progress::more);
  Progress progress = Progress::more;
  for (int i = 0; i < 1000 && progress == Progress::more; ++i) progress = trailers.take("x: y\r\n");
  EXPECT_EQ(progress, Progress::too_large);
}

TEST(HttpBody, MalformedChunksAreRefused) {
  for (const char* text : {"\r\n", "x\r\n", "-1\r\n", "5\nhello", "5\r\nhelloo\r\n", "0x5\r\n", "5 5\r\n", ";a=b\r\n"})
    EXPECT_EQ(chunked(100).take(text), Progress::malformed) << text;
  EXPECT_EQ(chunked(100).take(std::string(300, '1')), Progress::malformed);
}

}  // namespace
}  // namespace cs
