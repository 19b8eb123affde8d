// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cubestream/clock.hpp"
#include "http/http_body.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/request_handler.hpp"
#include "http/timeouts.hpp"
#include "network/peer.hpp"

struct lws;

namespace cs {

/// One HTTP connection: reads a request and sends its reply, again and again. libwebsockets only polls its socket and
/// keeps its timer; its own HTTP does not know what to do with input that it does not expect. A head stays in the
/// kernel until it is whole, so that a WebSocket's can still go to libwebsockets as it came. Net thread only.
class HttpConnection {
 public:
  /// What a call brought about, for whoever serves the requests.
  enum class Step {
    none,
    head,     ///< request() is there: answer(), read_body() or wait()
    upgrade,  ///< the same, and the client wants a WebSocket: hand the socket over, or answer()
    body,     ///< the body that read_body() wanted is there: answer() or wait()
    bad,      ///< answer() with complaint()
    late,     ///< what wait() was for did not come in time: answer()
    gone      ///< end the connection
  };

  /// `network`: whose the client's address is, see client_network(). `common_fields`: of every answer; they must
  /// outlive this.
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
  [[nodiscard]] int socket() const { return socket_; }

  /// The request's body is wanted, `limit` bytes of it at most.
  void read_body(std::size_t limit);

  /// The reply will come later; a connection that breaks before that is noticed.
  void wait(PendingRequest pending);
  /// What wait() was called with; the reply takes it away.
  [[nodiscard]] std::optional<PendingRequest> waits_for() const { return waits_for_; }

  /// Header fields that the answer to this request has, whoever makes it.
  void add_to_answer(std::string fields) { answer_fields_ = std::move(fields); }

  /// Sends the reply. Not to be called again before the next Step that wants one.
  void answer(Reply reply);

  /// Whether it wants nothing at this moment: it may yet send a request, or the rest of its head.
  [[nodiscard]] bool waits_for_head() const { return state_ == State::head; }
  /// Whose the address is, see client_network().
  [[nodiscard]] const std::string& network() const { return network_; }
  /// Whose request it passes on, if it is a proxy's; what was said before comes back.
  std::string serve(std::string network) { return std::exchange(served_, std::move(network)); }

  /// Ends the connection soon, without a word.
  void drop();
  [[nodiscard]] bool is_dropped() const { return is_dropped_; }

  /// Libwebsockets may take the socket over.
  void let_go();

 private:
  enum class State { head, body, waiting, writing, lingering, broken };

  void enter(State state, Clock::duration limit);
  void arm(Clock::duration time);
  [[nodiscard]] Step read_head();
  [[nodiscard]] Step read_more_body();
  [[nodiscard]] Step discard(std::size_t limit);
  void complain(Reply complaint);
  void write_some();
  [[nodiscard]] bool send_piece(std::string_view& unsent, std::size_t& budget);
  [[nodiscard]] Step check_reader();
  void after_reply();

  lws* const wsi_;
  const int socket_;
  const ConnectionEnds way_;
  const std::string network_;
  std::string served_;
  const std::string& common_fields_;
  const HttpTimeouts timeouts_;

  State state_ = State::head;
  TimePoint deadline_;
  std::size_t head_seen_ = 0;  // bytes of a head that is not whole yet
  HttpRequest request_;
  std::optional<BodyReader> body_;
  bool body_unread_ = false;  // what comes next is no request
  bool input_ended_ = false;  // the client sends no more
  std::optional<Reply> complaint_;
  std::optional<PendingRequest> waits_for_;
  std::size_t discarded_ = 0;

  std::string answer_fields_;
  std::string head_out_;
  Reply reply_;
  std::string_view unsent_head_;
  std::string_view unsent_body_;
  bool progress_ = false;  // since the reader was looked at
  bool ask_again_ = false;
  bool ends_ = false;
  bool is_dropped_ = false;
};

}  // namespace cs
