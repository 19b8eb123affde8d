// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>

#include "base/log.hpp"
#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/signalling.hpp"
#include "http/timeouts.hpp"
#include "signalling/messages.hpp"

struct lws;

namespace cs {

/// One WebSocket connection: puts a client's messages together, and keeps what goes to it until it can be written.
/// Net thread only.
class WebSocketConnection {
 public:
  /// `address`: the client's, in text.
  WebSocketConnection(lws* wsi, ClientId id, std::string address, const WebSocketTimeouts& timeouts,
                      Metric& outbox_refused);
  WebSocketConnection(const WebSocketConnection&) = delete;
  WebSocketConnection& operator=(const WebSocketConnection&) = delete;

  [[nodiscard]] ClientId id() const { return id_; }
  [[nodiscard]] const std::string& address() const { return address_; }
  /// Whose that is, see client_network().
  [[nodiscard]] const std::string& network() const { return network_; }
  [[nodiscard]] const Log& log() const { return log_; }

  /// Takes a piece of a frame; a result when it was a message's last piece, or too much or too often. Once the
  /// connection is on its way to the end, input is ignored.
  [[nodiscard]] std::optional<ClientMessage> receive(std::string_view piece);

  /// Queues a message. When too many wait already, the connection is closed instead.
  void send(std::string_view text);

  /// Ends the connection, within two seconds, once what was sent before is out. The first call counts.
  void close(std::uint16_t code, std::string_view reason);

  /// Writes the next thing; what libwebsockets wants for LWS_CALLBACK_SERVER_WRITEABLE: not 0 ends the connection.
  [[nodiscard]] int write_next();

  /// The other side began to close.
  void peer_closed(std::optional<std::uint16_t> code);

  /// libwebsockets begins to close, because we told it to or for what it found wrong by itself.
  void ending();

  /// What it came for is known: it may stay. Otherwise it is closed when the time for an offer is up.
  void settle() { is_settled_ = true; }

  /// The connection's timer went off. True: it is closed for not saying what it came for.
  [[nodiscard]] bool on_time();

  /// Ends the connection soon, without a word.
  void drop(std::string_view why);

  /// It was ended by one side's word, not by a fault of the connection.
  [[nodiscard]] bool said_goodbye() const { return said_goodbye_; }

  /// Why it ended, for the log.
  [[nodiscard]] const std::string& farewell() const { return farewell_; }

 private:
  enum class State {
    open,
    closing,  ///< what waits is still sent, then the close
    over      ///< libwebsockets does the rest
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
  TokenBucket offers_{5, std::chrono::seconds(1)};  // each costs a pipeline
  std::string incoming_;
  std::deque<std::string> outbox_;  // each with room for the frame's head in front
  std::uint16_t close_code_ = 0;
  std::string close_reason_;
  bool said_goodbye_ = false;
  std::string farewell_ = "the connection broke";
};

}  // namespace cs
