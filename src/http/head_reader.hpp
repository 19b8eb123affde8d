// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string_view>
#include <variant>

#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/stream_socket.hpp"

namespace cs {

/// Reads the heads of the requests on a connection. A head stays in the socket until it is complete, and that of a
/// WebSocket also after it, so that libwebsockets can read it unchanged. Net thread only.
class HeadReader {
 public:
  enum class Progress {
    waiting,  ///< nothing new, or the head is still incomplete
    begun,    ///< the first bytes of a head have arrived
    gone      ///< the client has closed the connection
  };
  /// A Reply refuses an invalid request.
  using Result = std::variant<Progress, HttpRequest, Reply>;

  explicit HeadReader(StreamSocket socket) : socket_(socket) {}

  /// Call it when the socket is readable.
  [[nodiscard]] Result read();

 private:
  [[nodiscard]] Result read_part(std::string_view text);
  void begin_next();

  const StreamSocket socket_;
  std::size_t seen_ = 0;  // bytes of an incomplete head
};

}  // namespace cs
