// SPDX-License-Identifier: MIT
#include "signalling/web_socket_connection.hpp"

#include <fmt/core.h>
#include <libwebsockets.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "input/message.hpp"
#include "network/peer.hpp"
#include "signalling/client_registry.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxOutbox = 64;  // messages
constexpr std::size_t kRoom = 16;       // of them, for messages that may be lost
constexpr std::size_t kMaxCloseReason = 123;
constexpr std::chrono::milliseconds kKillAgain{10};

unsigned char* bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

WebSocketConnection::WebSocketConnection(lws* wsi, ClientId id, std::string address, const WebSocketTimeouts& timeouts,
                                         Metric& outbox_refused)
    : wsi_(wsi),
      id_(id),
      address_(std::move(address)),
      network_(client_network(address_)),
      timeouts_(timeouts),
      log_(client_log(id)),
      outbox_refused_(outbox_refused) {
  arm_timer(timeouts_.offer);
}

std::optional<ClientMessage> WebSocketConnection::receive(std::string_view piece) {
  if (state_ != State::open) return std::nullopt;
  const bool is_input = lws_frame_is_binary(wsi_) != 0;
  // The frame header contains the payload length, so an oversized frame is refused before it arrives.
  const std::size_t rest_of_frame = lws_remaining_packet_payload(wsi_);
  if (rest_of_frame == 0 && !(is_input ? batches_ : frames_).take(Clock::now()))
    return is_input ? too_much_input() : too_many_messages();
  const std::size_t most = is_input ? kMaxInputMessage : kMaxMessageBytes;
  const std::size_t room = most - std::min(incoming_.size(), most);
  if (piece.size() > room || rest_of_frame > room - piece.size()) return message_too_large();
  incoming_.append(piece);
  if (rest_of_frame != 0 || lws_is_final_fragment(wsi_) == 0) return std::nullopt;
  if (is_input) return InputMessage{std::exchange(incoming_, {})};
  ClientMessage message = parse_client_message(std::exchange(incoming_, {}));
  if (std::holds_alternative<ClientOffered>(message) && !offers_.take(Clock::now())) return too_many_offers();
  return message;
}

void WebSocketConnection::send(std::string_view text) {
  if (state_ != State::open) return;
  if (outbox_.size() >= kMaxOutbox) {
    outbox_refused_.add();
    outbox_.clear();
    close(kTryAgainLater, "the client does not read");
    return;
  }
  std::string& message = outbox_.emplace_back(LWS_PRE, '\0');
  message.append(text);
  lws_callback_on_writable(wsi_);
}

bool WebSocketConnection::send_if_room(std::string_view text) {
  if (state_ != State::open || outbox_.size() >= kRoom) return false;
  send(text);
  return true;
}

void WebSocketConnection::close(std::uint16_t code, std::string_view reason) {
  if (state_ != State::open) return;
  state_ = State::closing;
  incoming_ = {};
  close_code_ = code;
  close_reason_ = reason.substr(0, kMaxCloseReason);
  said_goodbye_ = true;
  farewell_ = "closed by the server, " + std::to_string(code) + " " + close_reason_;
  // The limit of libwebsockets is 5 s for each step of the closing handshake.
  arm_timer(timeouts_.closing);
  lws_callback_on_writable(wsi_);
}

int WebSocketConnection::write_next() {
  if (state_ == State::over) return 0;
  if (!outbox_.empty()) {
    std::string message = std::move(outbox_.front());
    outbox_.pop_front();
    // libwebsockets buffers unsent data and requests the next message only after sending it.
    const int size = static_cast<int>(message.size()) - LWS_PRE;
    if (lws_write(wsi_, bytes(message) + LWS_PRE, static_cast<std::size_t>(size), LWS_WRITE_TEXT) < size) return -1;
    if (!outbox_.empty() || state_ == State::closing) lws_callback_on_writable(wsi_);
    return 0;
  }
  if (state_ == State::open) return 0;
  if (lws_partial_buffered(wsi_) != 0) {
    lws_callback_on_writable(wsi_);
    return 0;
  }
  state_ = State::over;
  lws_close_reason(wsi_, static_cast<lws_close_status>(close_code_), bytes(close_reason_), close_reason_.size());
  return -1;
}

void WebSocketConnection::peer_closed(std::optional<std::uint16_t> code) {
  if (state_ != State::open) return;
  said_goodbye_ = !code || code == kNormalClosure || code == kGoingAway;
  farewell_ = "closed by the client";
  if (code) farewell_ += ", " + std::to_string(*code);
  ending();
}

void WebSocketConnection::ending() {
  if (state_ == State::open) arm_timer(timeouts_.closing);
  state_ = State::over;
  incoming_ = {};
  outbox_.clear();
}

bool WebSocketConnection::on_time() {
  if (state_ == State::open) {
    if (is_settled_) return false;
    close(kPolicyViolation,
          fmt::format("no offer came within {:g} s", std::chrono::duration<double>(timeouts_.offer).count()));
    return true;
  }
  // Close without a handshake: the peer did not finish it in time and may not read.
  lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
  // If the socket is writable, libwebsockets continues the closing handshake first and sets its own timeout again.
  arm_timer(kKillAgain);
  return false;
}

void WebSocketConnection::drop(std::string_view why) {
  ending();
  said_goodbye_ = true;
  farewell_ = why;
  lws_set_timeout(wsi_, PENDING_TIMEOUT_USER_OK, LWS_TO_KILL_ASYNC);
}

void WebSocketConnection::arm_timer(Clock::duration time) {
  lws_set_timer_usecs(wsi_, std::chrono::ceil<std::chrono::microseconds>(time).count());
}

}  // namespace cs
