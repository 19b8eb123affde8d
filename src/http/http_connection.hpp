// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "cubestream/clock.hpp"
#include "http/head_reader.hpp"
#include "http/http_body.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/reply_writer.hpp"
#include "http/request_handler.hpp"
#include "http/stream_socket.hpp"
#include "http/timeouts.hpp"
#include "network/peer.hpp"

struct lws;

namespace cs {

/// One HTTP connection: reads requests and sends replies, one at a time, each within its time limit. libwebsockets only
/// polls the socket and keeps the timer, because its own HTTP parser handles unexpected input badly. Net thread only.
class HttpConnection {
 public:
  /// Result of a call: what the server must do next.
  enum class Step {
    none,
    head,     ///< request() is complete: call answer(), read_body() or wait()
    upgrade,  ///< the client requests a WebSocket: hand over the socket, or call answer()
    body,     ///< the body of read_body() is complete: call answer() or wait()
    bad,      ///< the request is invalid: call answer() with complaint()
    late,     ///< the reply of wait() is overdue: call answer()
    gone      ///< close the connection
  };

  /// `network`: the client network, see client_network(). `common_fields`: header fields of every reply; must outlive
  /// this object.
  HttpConnection(lws* wsi, int socket, ConnectionEnds way, std::string network, const std::string& common_fields,
                 const HttpTimeouts& timeouts);
  HttpConnection(const HttpConnection&) = delete;
  HttpConnection& operator=(const HttpConnection&) = delete;

  [[nodiscard]] Step on_readable();
  [[nodiscard]] Step on_writable();
  [[nodiscard]] Step on_time();

  [[nodiscard]] const HttpRequest& request() const { return request_; }
  [[nodiscard]] std::string take_body() { return body_ ? body_->release() : std::string(); }
  [[nodiscard]] Reply complaint();
  [[nodiscard]] const std::string& address() const { return way_.client; }
  [[nodiscard]] const ConnectionEnds& way() const { return way_; }
  [[nodiscard]] int socket() const { return socket_.fd(); }

  /// Starts to read the body of the request. `limit`: maximum size in bytes.
  void read_body(std::size_t limit);

  /// Waits for a reply that comes later. Detects a broken connection in the meantime.
  void wait(PendingRequest pending);
  /// The argument of wait(). Empty after the reply.
  [[nodiscard]] std::optional<PendingRequest> waits_for() const { return waits_for_; }

  /// Adds header fields to the reply to the current request, whichever handler creates it.
  void add_to_answer(std::string fields) { answer_fields_ = std::move(fields); }

  /// Sends the reply. Call it once for each Step that asks for a reply.
  void answer(Reply reply);

  /// Whether the connection is idle: it waits for a request, or for the rest of a head.
  [[nodiscard]] bool waits_for_head() const { return state_ == State::head; }
  /// The client network of the address, see client_network().
  [[nodiscard]] const std::string& network() const { return network_; }
  /// Sets the client network whose request a proxy forwards on this connection. Returns the previous value.
  std::string serve(std::string network) { return std::exchange(served_, std::move(network)); }

  /// Closes the connection from the timer, without a reply.
  void drop();
  [[nodiscard]] bool is_dropped() const { return is_dropped_; }

  /// Stops using the socket, so that libwebsockets can take it over.
  void let_go() { state_ = State::broken; }

 private:
  enum class State { head, body, waiting, writing, lingering, broken };

  void enter(State state, Clock::duration limit);
  void arm(Clock::duration time);
  [[nodiscard]] Step read_head();
  [[nodiscard]] Step read_more_body();
  [[nodiscard]] Step discard(std::size_t limit);
  [[nodiscard]] Step complain(Reply complaint);
  void write_some();
  [[nodiscard]] Step check_reader();
  void after_reply();

  lws* const wsi_;
  const StreamSocket socket_;
  const ConnectionEnds way_;
  const std::string network_;
  std::string served_;
  const std::string& common_fields_;
  const HttpTimeouts timeouts_;

  State state_ = State::head;
  TimePoint deadline_;
  HeadReader head_{socket_};
  HttpRequest request_;
  std::optional<BodyReader> body_;
  bool body_unread_ = false;  // the next bytes are not a new request
  bool input_ended_ = false;  // the client has shut down its sending side
  std::optional<Reply> complaint_;
  std::optional<PendingRequest> waits_for_;
  std::size_t discarded_ = 0;

  std::string answer_fields_;
  ReplyWriter writer_{socket_};
  bool request_writable_ = false;
  bool ends_ = false;
  bool is_dropped_ = false;
};

}  // namespace cs
