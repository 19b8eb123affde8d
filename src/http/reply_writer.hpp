// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

#include "http/reply.hpp"
#include "http/stream_socket.hpp"

namespace cs {

/// Writes the replies on a connection, one at a time, as fast as the client reads them. Net thread only.
class ReplyWriter {
 public:
  enum class Progress { more, whole, broken };

  explicit ReplyWriter(StreamSocket socket) : socket_(socket) {}

  /// Begins a reply. `ends` and `common`: see Reply::head().
  void begin(Reply reply, bool ends, std::string_view common);

  /// Writes a part of the reply, limited so that other clients are served. `more`: call it again when the socket is
  /// writable. `whole`: the reply is sent and its memory is free.
  [[nodiscard]] Progress write();

  /// Whether the client has taken bytes since the last call.
  [[nodiscard]] bool take_progress() { return std::exchange(progress_, false); }

 private:
  [[nodiscard]] bool write_piece(std::string_view& unsent, std::size_t& budget);

  const StreamSocket socket_;
  Reply reply_;
  std::string head_;  // with the body, if that is Reply::text
  std::string_view unsent_head_;
  std::string_view unsent_page_;
  bool progress_ = false;
};

}  // namespace cs
