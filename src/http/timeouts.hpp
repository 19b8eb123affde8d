// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>

#include "cubestream/clock.hpp"

namespace cs {

/// Time limits of one HTTP connection. When one passes, the connection ends, for `body` and `answer` with a reply.
struct HttpTimeouts {
  /// For the head of a request: from the connection's start, and again from the head's first byte, to its last.
  Clock::duration head = std::chrono::seconds(10);
  /// From a reply to the next request. Clients are told 5 s, so that no request crosses with our close.
  Clock::duration keep_alive = std::chrono::seconds(8);
  Clock::duration body = std::chrono::seconds(10);    ///< from the end of the head to the last byte of the body
  Clock::duration answer = std::chrono::seconds(10);  ///< for the main thread to answer
  Clock::duration reply = std::chrono::seconds(10);   ///< for the client to take the next piece of a reply
  Clock::duration linger = std::chrono::seconds(2);   ///< for the client to close after the last reply
};

/// Time limits of one WebSocket connection.
struct WebSocketTimeouts {
  Clock::duration offer = std::chrono::seconds(10);           ///< for the client's offer, or its wish for the stamp
  Clock::duration closing = std::chrono::milliseconds(1500);  ///< for the closing handshake
  std::uint16_t ping_s = 5;                                   ///< seconds without input until a ping is sent
  std::uint16_t silence_s = 10;                               ///< seconds without input until the connection ends
};

/// Time limits of the server towards its clients. The defaults are those of production.
struct ServerTimeouts {
  HttpTimeouts http = {};
  WebSocketTimeouts websocket = {};
  Clock::duration goodbye = std::chrono::milliseconds(700);  ///< for all WebSockets to close when the server stops
};

}  // namespace cs
