// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/fd.hpp"
#include "producer/producer_frames.hpp"
#include "unixfd/unixfd_protocol.hpp"

namespace cs {

/// A connection to GStreamer's unixfdsink. Never blocks. Source thread only.
class UnixFdConnection {
 public:
  /// `socket` is a connected SOCK_STREAM.
  explicit UnixFdConnection(Fd socket) : socket_(std::move(socket)) {}

  [[nodiscard]] int fd() const { return socket_.get(); }

  struct Command {
    std::uint32_t type = 0;  ///< UnixFdCommand; others may come
    std::vector<std::byte> payload;
    std::vector<Fd> descriptors;  ///< at most kMaxUnixFdMemories; of any kind
  };
  struct Nothing {};  ///< no whole command waits
  struct Gone {};     ///< the other side closed the connection
  using Received = std::variant<Command, ProducerError, Nothing, Gone>;
  [[nodiscard]] Received receive();

  /// Gives a buffer back. False: the other side does not read its messages.
  [[nodiscard]] bool release(std::uint64_t id) const;

 private:
  /// Reads into `to`, and takes the descriptors that come with these bytes. What recvmsg() returns.
  ssize_t read_into(std::span<std::byte> to);

  Fd socket_;
  std::array<std::byte, kUnixFdHeader> header_{};
  std::size_t got_ = 0;  // bytes of the header and the payload
  Command command_;      // until it is complete
  bool has_too_many_ = false;
};

}  // namespace cs
