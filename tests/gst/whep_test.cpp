// SPDX-License-Identifier: MIT
// The whole path from an HTTP request of a client to its frames, with webrtcbin of GStreamer as the client.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <charconv>
#include <future>
#include <string>

#include "fakes/line.hpp"
#include "fakes/peer.hpp"
#include "fakes/ws_client.hpp"
#include "loop/wakeup.hpp"
#include "signalling/web_server.hpp"

namespace cs {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

struct Response {
  std::string head;
  std::string body;
};

/// Sends one request on its own connection.
Response request(int port, const std::string& line, const std::string& more, const std::string& body) {
  test::RawClient client(port);
  client.write(line + " HTTP/1.1\r\nHost: localhost\r\n" + more + "Content-Length: " + std::to_string(body.size()) +
               "\r\n\r\n" + body);
  Response response{.head = client.read_until("\r\n\r\n"), .body = {}};
  constexpr std::string_view key = "Content-Length: ";
  std::size_t length = 0;
  if (const auto at = response.head.find(key); at != std::string::npos)
    std::from_chars(response.head.data() + at + key.size(), response.head.data() + response.head.size(), length);
  response.body = client.read(length);
  return response;
}

class WhepTest : public testing::Test {
 protected:
  const bool started = [] {
    start_gstreamer();
    return true;
  }();
  Line line;
  Inbox<ClientEvent> from_clients{64, 64, line.metrics.get("queue_refusals_total", {{"queue", "client-events"}})};
  const Wakeup arrivals{[this] {
    while (const auto event = from_clients.pop()) line.viewers.on_event(*event);
  }};
};

TEST_F(WhepTest, GStreamerClientWatchesAndLeaves) {
  from_clients.set_wake([this] { arrivals.wake(); });
  const WebServer web_server(
      {.host = "127.0.0.1", .port = 0, .max_connections = 16, .max_per_address = 16, .max_whep_sessions = 16},
      from_clients, line.to_clients, line.metrics);
  std::future<Response> posted;
  Peer peer({.on_offer =
                 [&](const std::string& sdp) {
                   posted = std::async(std::launch::async, request, web_server.port(), "POST /whep",
                                       "Content-Type: application/sdp\r\n", sdp);
                 },
             .on_candidate = [](const Candidate&) {},  // the server learns the address from connectivity checks
             .on_unit = [] {}},
            line.loop);
  peer.offer();
  const auto is_answered = [&] {
    return posted.valid() && posted.wait_for(std::chrono::seconds(0)) == std::future_status::ready;
  };
  line.run_until(is_answered, "the answer to POST");
  const Response response = posted.get();
  ASSERT_THAT(response.head, StartsWith("HTTP/1.1 201 "));
  EXPECT_THAT(response.body, HasSubstr("a=candidate:"));
  peer.take_answer(response.body);
  line.run_until([&] { return peer.units() >= 10; }, "frames");
  EXPECT_GE(peer.keyframes(), 1);  // more if the machine is busy and frames are skipped

  constexpr std::string_view key = "Location: ";
  const auto begin = response.head.find(key) + key.size();
  const std::string location = "/" + response.head.substr(begin, response.head.find("\r\n", begin) - begin);
  EXPECT_THAT(request(web_server.port(), "DELETE " + location, "", "").head, StartsWith("HTTP/1.1 200 "));
  line.run_until([&] { return line.metric("webrtcbins_alive") == 0; }, "the end of the viewer");
  EXPECT_THAT(request(web_server.port(), "DELETE " + location, "", "").head, StartsWith("HTTP/1.1 404 "));
}

}  // namespace
}  // namespace cs
