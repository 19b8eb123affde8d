// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>

#include "fakes/ws_client.hpp"

namespace cs::test {

inline const std::string kWhepOffer =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
    "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=mid:1\r\n";

/// A request as a player sends it. Each field in `fields` ends with CRLF.
inline std::string request(const std::string& method, const std::string& path, const std::string& fields,
                           const std::string& body = "") {
  return method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields +
         (body.empty() ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" + body;
}

inline std::string post(const std::string& sdp = kWhepOffer, const std::string& fields = "") {
  return request("POST", "/whep", "Content-Type: application/sdp\r\n" + fields, sdp);
}

/// The value of a header field; "(none)" if it is missing.
inline std::string field(const HttpReply& reply, const std::string& name) {
  const auto begin = reply.head.find("\r\n" + name + ": ");
  if (begin == reply.head.npos) return "(none)";
  const auto value = begin + name.size() + 4;
  return reply.head.substr(value, reply.head.find('\r', value) - value);
}

/// Reads the next reply on a connection, by its Content-Length.
inline HttpReply next_reply(RawClient& client) {
  HttpReply reply;
  reply.head = client.read_until("\r\n\r\n");
  if (const std::string size = field(reply, "Content-Length"); size != "(none)")
    reply.body = client.read(std::stoul(size));
  return reply;
}

/// Sends one request on a new connection and returns the reply.
inline HttpReply ask(int port, const std::string& text) {
  RawClient client(port);
  client.write(text);
  return next_reply(client);
}

}  // namespace cs::test
