// SPDX-License-Identifier: MIT
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "fakes/server_fixture.hpp"
#include "fakes/whep_client.hpp"

namespace cs::test {

inline const std::string kFragmentType = "Content-Type: application/trickle-ice-sdpfrag\r\n";
inline const std::string kFragment =
    "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n"
    "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=end-of-candidates\r\n";

inline const std::vector<IceCredentials> kOffered = {{"0", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"},
                                                     {"1", "EsAw", "P2uYro0UCOQ4zxjKXaWCBui1"}};

/// A session whose offer the test has answered in place of the viewers.
struct Watching {
  explicit Watching(ServerFixture& server) : client(server.port) {
    client.write(post());
    id = server.next_is<ClientJoined>().client;
    server.next_is<ClientOffered>();
    server.say(id, SendAnswer{.sdp = "v=0\r\nthe answer", .offered = kOffered});
    created = next_reply(client);
    path = "/" + field(created, "Location");
    etag = field(created, "ETag");
  }

  HttpReply patch(ServerFixture& server, const std::string& fragment,
                  const std::string& fields = "If-Match: *\r\n") const {
    return ask(server.port, request("PATCH", path, kFragmentType + fields, fragment));
  }

  RawClient client;
  ClientId id = 0;
  HttpReply created;
  std::string path;
  std::string etag;
};

inline void expect_shared(const HttpReply& reply) {
  EXPECT_THAT(field(reply, "Access-Control-Allow-Methods"), testing::HasSubstr("PATCH"));
  EXPECT_THAT(field(reply, "Access-Control-Allow-Headers"), testing::HasSubstr("if-match"));
  EXPECT_THAT(field(reply, "Access-Control-Expose-Headers"), testing::HasSubstr("Location"));
  EXPECT_NE(field(reply, "Access-Control-Max-Age"), "(none)");
}

/// Expects a refusal with a readable sentence and the CORS fields.
inline void expect_refusal(const HttpReply& reply, int status) {
  EXPECT_EQ(reply.status(), status) << reply.head << reply.body;
  EXPECT_THAT(reply.body, testing::MatchesRegex("[A-Z].*\\.\n"));
  EXPECT_THAT(field(reply, "Content-Type"), testing::HasSubstr("text/plain"));
  expect_shared(reply);
}

}  // namespace cs::test
