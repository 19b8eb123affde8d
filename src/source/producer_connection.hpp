// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/fd.hpp"
#include "producer/peer_process.hpp"
#include "source/producer_protocol.hpp"

namespace cs {

/// The socket of one producer. Never blocks. Source thread only.
class ProducerConnection {
 public:
  explicit ProducerConnection(Fd socket) : socket_(std::move(socket)), buffer_(kMaxProducerMessage) {}

  [[nodiscard]] int fd() const { return socket_.get(); }

  /// See peer_process().
  [[nodiscard]] std::string peer() const { return peer_process(socket_.get()); }

  struct Nothing {};  ///< no message waits
  struct Gone {};     ///< the producer closed the connection
  using Received = std::variant<ProducerMessage, ProducerError, Nothing, Gone>;
  /// The next message. Descriptors that come with it are closed.
  [[nodiscard]] Received receive();

  /// False: the producer does not read its messages, or is gone.
  [[nodiscard]] bool send(const ProducerMessageWriter::Message& message,
                          std::span<const int, kFrameSlots> descriptors) const;
  [[nodiscard]] bool send(const ProducerMessageWriter::Message& message) const;

  /// Discards what the producer sent, and receives no more. Call it before the end of a connection whose last message
  /// matters: if messages were unread, the producer would see a reset before that message.
  void stop_receiving();

 private:
  Fd socket_;
  std::vector<std::byte> buffer_;
};

}  // namespace cs
