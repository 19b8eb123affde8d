// SPDX-License-Identifier: MIT
#include "http/http_connection.hpp"

#include <fmt/core.h>
#include <libwebsockets.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <utility>

namespace cs {
namespace {

using namespace std::chrono_literals;

constexpr auto kCheckReader = 100ms;
constexpr std::size_t kMaxUnasked = 64 * 1024;      // bytes received while a reply is pending
constexpr std::size_t kMaxAtOnce = 256 * 1024;      // bytes of a reply per call; then other clients are served
constexpr std::size_t kMaxLingering = 1024 * 1024;  // bytes received after the last reply

void set_low_water(int socket, std::size_t bytes) {
  const int value = static_cast<int>(bytes);
  setsockopt(socket, SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
}

constexpr ssize_t kWouldBlock = -1;
constexpr ssize_t kBroken = -2;

/// Returns the number of bytes received, kWouldBlock or kBroken. 0: the client has shut down its sending side, but may
/// still read (RFC 9112, section 9.6).
ssize_t receive(int socket, char* to, std::size_t size, int flags = 0) {
  const ssize_t got = recv(socket, to, size, flags | MSG_DONTWAIT);
  if (got >= 0) return got;
  return errno == EAGAIN || errno == EINTR ? kWouldBlock : kBroken;
}

}  // namespace

HttpConnection::HttpConnection(lws* wsi, int socket, ConnectionEnds way, std::string network,
                               const std::string& common_fields, const HttpTimeouts& timeouts)
    : wsi_(wsi),
      socket_(socket),
      way_(std::move(way)),
      network_(std::move(network)),
      common_fields_(common_fields),
      timeouts_(timeouts) {
  enter(State::head, timeouts_.head);
}

void HttpConnection::enter(State state, Clock::duration limit) {
  state_ = state;
  deadline_ = Clock::now() + limit;
  arm(limit);
}

void HttpConnection::arm(Clock::duration time) {
  const auto microseconds = std::chrono::ceil<std::chrono::microseconds>(time).count();
  lws_set_timer_usecs(wsi_, std::max<lws_usec_t>(microseconds, 1));
}

HttpConnection::Step HttpConnection::on_readable() {
  switch (state_) {
    case State::head:
      return read_head();
    case State::body:
      return read_more_body();
    case State::waiting:
      return discard(kMaxUnasked);
    case State::lingering:
      return discard(kMaxLingering);
    case State::writing:
      return Step::none;  // reading is paused in this state
    case State::broken:
      break;
  }
  return Step::gone;
}

HttpConnection::Step HttpConnection::read_head() {
  std::array<char, kMaxHeadBytes> buffer;
  const ssize_t got = receive(socket_, buffer.data(), buffer.size(), MSG_PEEK);
  if (got == kWouldBlock) return Step::none;
  if (got <= 0) return Step::gone;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  if (text.starts_with("\r\n")) {  // some clients send an extra CRLF after a body
    receive(socket_, buffer.data(), 2);
    return Step::none;
  }
  const auto end = text.find("\r\n\r\n");
  if (end == text.npos) {
    request_ = {};
    body_unread_ = true;
    if (text.front() < 'A' || text.front() > 'Z')
      complain(refusal(400, "The request is not valid HTTP.\n"));
    else if (text.size() == buffer.size())
      complain(refusal(431, "The request head is larger than 16 KB.\n"));
    if (complaint_) {
      set_low_water(socket_, 1);
      return Step::bad;
    }
    // Readable without new bytes: the client closed the connection inside the head.
    if (text.size() == head_seen_) return Step::gone;
    if (head_seen_ == 0) enter(State::head, timeouts_.head);
    head_seen_ = text.size();
    set_low_water(socket_, head_seen_ + 1);
    return Step::none;
  }
  set_low_water(socket_, 1);
  head_seen_ = 0;
  auto parsed = parse_request(text.substr(0, end + 4));
  auto* const request = std::get_if<HttpRequest>(&parsed);
  request_ = request ? std::move(*request) : HttpRequest{};
  body_.reset();
  body_unread_ = !request || request_.body != HttpRequest::Body::none;
  if (request && request_.wants_websocket) {
    body_unread_ = true;  // the head itself
    return Step::upgrade;
  }
  receive(socket_, buffer.data(), end + 4);
  if (request) return Step::head;
  complain(std::get<Reply>(std::move(parsed)));
  return Step::bad;
}

void HttpConnection::read_body(std::size_t limit) {
  body_.emplace(request_, limit);
  enter(State::body, timeouts_.body);
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  // The send buffer is empty at this point, so these few bytes fit.
  if (request_.expects_continue) send(socket_, kContinue.data(), kContinue.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

HttpConnection::Step HttpConnection::read_more_body() {
  std::array<char, 4096> buffer;
  const ssize_t got = receive(socket_, buffer.data(), std::min(body_->wants(), buffer.size()));
  if (got == kWouldBlock) return Step::none;
  if (got <= 0) return Step::gone;
  switch (body_->take({buffer.data(), static_cast<std::size_t>(got)})) {
    case BodyReader::Progress::more:
      return Step::none;
    case BodyReader::Progress::whole:
      // The last read may also contain the beginning of the next request.
      body_unread_ = request_.body == HttpRequest::Body::chunked;
      return Step::body;
    case BodyReader::Progress::too_large:
      complain(refusal(413, "The request body is too large.\n"));
      return Step::bad;
    case BodyReader::Progress::malformed:
      break;
  }
  complain(refusal(400, "The chunked request body is malformed.\n"));
  return Step::bad;
}

void HttpConnection::wait(PendingRequest pending) {
  waits_for_ = pending;
  discarded_ = 0;
  enter(State::waiting, timeouts_.answer);
}

HttpConnection::Step HttpConnection::discard(std::size_t limit) {
  std::array<char, 16384> buffer;
  const ssize_t got = receive(socket_, buffer.data(), buffer.size());
  if (got == kWouldBlock) return Step::none;
  if (got == 0 && state_ == State::waiting) {
    input_ended_ = true;
    lws_rx_flow_control(wsi_, 0);  // otherwise the end of input is reported repeatedly
    return Step::none;
  }
  if (got <= 0) return Step::gone;
  body_unread_ = true;
  discarded_ += static_cast<std::size_t>(got);
  return discarded_ > limit ? Step::gone : Step::none;
}

void HttpConnection::complain(Reply complaint) {
  complaint_ = std::move(complaint);
}

Reply HttpConnection::complaint() {
  return std::exchange(complaint_, std::nullopt).value_or(refusal(400, "The request is not valid HTTP.\n"));
}

void HttpConnection::answer(Reply reply) {
  waits_for_.reset();
  body_.reset();
  reply_ = std::move(reply);
  reply_.fields += std::exchange(answer_fields_, {});
  if (request_.method == Method::head || reply_.status == 204) reply_.with_body = false;
  ends_ = body_unread_ || input_ended_ || !request_.keeps_alive || reply_.status >= 400;
  head_out_ = reply_.head(ends_, common_fields_);
  if (reply_.with_body) head_out_ += reply_.text;
  unsent_head_ = head_out_;
  unsent_body_ = reply_.with_body && reply_.text.empty() ? reply_.page : std::string_view();
  enter(State::writing, timeouts_.reply);
  write_some();
}

void HttpConnection::write_some() {
  std::size_t budget = kMaxAtOnce;
  if (!send_piece(unsent_head_, budget) || !send_piece(unsent_body_, budget)) {
    // The timer closes the connection, because the caller may still use it.
    state_ = State::broken;
    arm(0s);
  } else if (unsent_head_.empty() && unsent_body_.empty()) {
    after_reply();
  } else {
    lws_rx_flow_control(wsi_, 0);
    // libwebsockets drops a writable request that is made inside its writable callback. The timer repeats it.
    request_writable_ = true;
    arm(0s);
  }
}

bool HttpConnection::send_piece(std::string_view& unsent, std::size_t& budget) {
  while (!unsent.empty() && budget > 0) {
    const ssize_t sent = send(socket_, unsent.data(), std::min(unsent.size(), budget), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0) return errno == EAGAIN || errno == EINTR;
    unsent.remove_prefix(static_cast<std::size_t>(sent));
    budget -= static_cast<std::size_t>(sent);
    progress_ = true;
  }
  return true;
}

HttpConnection::Step HttpConnection::on_writable() {
  if (state_ == State::writing) write_some();
  return Step::none;
}

void HttpConnection::after_reply() {
  lws_rx_flow_control(wsi_, 1);
  reply_ = {};
  head_out_.clear();
  if (!ends_) return enter(State::head, timeouts_.keep_alive);
  // Closing a socket with unread input discards the reply. Shut down sending and let the client close first.
  shutdown(socket_, SHUT_WR);
  discarded_ = 0;
  enter(State::lingering, timeouts_.linger);
}

HttpConnection::Step HttpConnection::on_time() {
  if (state_ == State::broken || state_ == State::lingering) return Step::gone;
  if (state_ == State::writing) return check_reader();
  if (const auto rest = deadline_ - Clock::now(); rest > 0s) {
    arm(rest);
    return Step::none;
  }
  if (state_ == State::waiting) return Step::late;
  if (state_ == State::head) return Step::gone;
  complain(refusal(408, fmt::format("The request body did not arrive within {:g} seconds.\n",
                                    std::chrono::duration<double>(timeouts_.body).count())));
  return Step::bad;
}

HttpConnection::Step HttpConnection::check_reader() {
  if (std::exchange(request_writable_, false)) {
    lws_callback_on_writable(wsi_);
    arm(kCheckReader);
    return Step::none;
  }
  if (std::exchange(progress_, false)) {
    deadline_ = Clock::now() + timeouts_.reply;
  } else {
    // Close before the deadline only when the socket is broken. A client that has finished sending, or has sent its
    // next request, still reads.
    pollfd broken = {socket_, 0, 0};
    if (poll(&broken, 1, 0) > 0 || Clock::now() >= deadline_) return Step::gone;
  }
  arm(kCheckReader);
  return Step::none;
}

void HttpConnection::drop() {
  is_dropped_ = true;
  state_ = State::broken;
  arm(0s);
}

void HttpConnection::let_go() {
  set_low_water(socket_, 1);
  state_ = State::broken;
}

}  // namespace cs
