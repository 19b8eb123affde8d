// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Time limits of one HTTP connection. The server closes the connection on expiry; for `body` and `answer` it first
/// sends a reply.
struct HttpTimeouts {
  /// For the head of a request: from the start of the connection, and again from the first byte of the head, to its
  /// last byte.
  Clock::duration head = std::chrono::seconds(10);
  /// From a reply to the next request. The Keep-Alive header announces 5 s, so that a request does not cross the close.
  Clock::duration keep_alive = std::chrono::seconds(8);
  Clock::duration body = std::chrono::seconds(10);    ///< from the end of the head to the last byte of the body
  Clock::duration answer = std::chrono::seconds(10);  ///< for the main thread to answer
  Clock::duration reply = std::chrono::seconds(10);   ///< for the client to take the next piece of a reply
  Clock::duration linger = std::chrono::seconds(2);   ///< for the client to close after the last reply
};

/// Time limits of one WebSocket connection.
struct WebSocketTimeouts {
  Clock::duration offer = std::chrono::seconds(10);           ///< for the client's offer or stamp request
  Clock::duration closing = std::chrono::milliseconds(1500);  ///< for the closing handshake
  std::uint16_t ping_s = 5;                                   ///< seconds without input until a ping is sent
  std::uint16_t silence_s = 10;                               ///< seconds without input until the connection ends
};

/// Time limits of the server for its clients. The defaults are for production.
struct ServerTimeouts {
  HttpTimeouts http = {};
  WebSocketTimeouts websocket = {};
  Clock::duration goodbye = std::chrono::milliseconds(700);  ///< for all WebSockets to close when the server stops
};

}  // namespace cs
