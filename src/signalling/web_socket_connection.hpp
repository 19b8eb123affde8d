// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/signalling.hpp"
#include "http/timeouts.hpp"
#include "log/log.hpp"
#include "signalling/messages.hpp"

struct lws;

namespace cs {

/// One WebSocket connection: assembles the messages of a client, and queues messages to it until they can be sent. Net
/// thread only.
class WebSocketConnection {
 public:
  /// `address`: the client's address as text.
  WebSocketConnection(lws* wsi, ClientId id, std::string address, const WebSocketTimeouts& timeouts,
                      Metric& outbox_refused);
  WebSocketConnection(const WebSocketConnection&) = delete;
  WebSocketConnection& operator=(const WebSocketConnection&) = delete;

  [[nodiscard]] ClientId id() const { return id_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  /// The client network of the address, see client_network().
  [[nodiscard]] const std::string& network() const { return network_; }
  [[nodiscard]] const Log& log() const { return log_; }

  /// Appends a part of a frame. Returns a message when it is complete, or an error when a size or rate limit is
  /// exceeded. Ignores input while the connection is closing.
  [[nodiscard]] std::optional<ClientMessage> receive(std::string_view piece);

  /// Queues a message. If the queue is full, closes the connection instead.
  void send(std::string_view text);

  /// Queues a message that may be lost. False: it is, because the client has not read those before.
  [[nodiscard]] bool send_if_room(std::string_view text);

  /// Closes the connection within two seconds, after the queued messages are sent. Later calls are ignored.
  void close(std::uint16_t code, std::string_view reason);

  /// Writes the next message or the close frame. The result for LWS_CALLBACK_SERVER_WRITEABLE: nonzero ends the
  /// connection.
  [[nodiscard]] int write_next();

  /// The client has sent a close frame.
  void peer_closed(std::optional<std::uint16_t> code);

  /// libwebsockets starts to close, because the server requested it or because of a protocol error.
  void ending();

  /// The client has sent an offer or a stamp request, so the offer timeout no longer applies.
  void settle() { is_settled_ = true; }

  /// Handles the timer. True: the connection is being closed, because no offer arrived in time.
  [[nodiscard]] bool on_time();

  /// Closes the connection without a closing handshake.
  void drop(std::string_view why);

  /// One side closed the connection regularly; it did not break.
  [[nodiscard]] bool said_goodbye() const { return said_goodbye_; }

  /// The reason of the end, for the log.
  [[nodiscard]] const std::string& farewell() const { return farewell_; }

 private:
  enum class State {
    open,
    closing,  ///< sends the queued messages, then the close frame
    over      ///< libwebsockets completes the close
  };

  void arm_timer(Clock::duration time);

  lws* const wsi_;
  const ClientId id_;
  const std::string address_;
  const std::string network_;
  const WebSocketTimeouts timeouts_;
  const Log log_;
  Metric& outbox_refused_;

  State state_ = State::open;
  bool is_settled_ = false;
  TokenBucket frames_{100, std::chrono::milliseconds(20)};
  TokenBucket batches_{500, std::chrono::milliseconds(2)};  // of input
  TokenBucket offers_{5, std::chrono::seconds(1)};          // each offer creates a pipeline
  std::string incoming_;
  std::deque<std::string> outbox_;  // each with LWS_PRE bytes in front for the frame header
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  bool said_goodbye_ = false;
  std::string farewell_ = "the connection broke";
};

}  // namespace cs
