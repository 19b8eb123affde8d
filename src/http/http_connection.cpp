// SPDX-License-Identifier: MIT
#include "http/http_connection.hpp"

#include <fmt/core.h>
#include <libwebsockets.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <span>
#include <string_view>
#include <utility>

namespace cs {
namespace {

using namespace std::chrono_literals;

constexpr auto kCheckReader = 100ms;
constexpr std::size_t kMaxUnasked = 64 * 1024;      // bytes received while a reply is pending
constexpr std::size_t kMaxLingering = 1024 * 1024;  // bytes received after the last reply

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
  auto result = head_.read();
  if (const auto* progress = std::get_if<HeadReader::Progress>(&result)) {
    if (*progress == HeadReader::Progress::begun) enter(State::head, timeouts_.head);
    return *progress == HeadReader::Progress::gone ? Step::gone : Step::none;
  }
  auto* const request = std::get_if<HttpRequest>(&result);
  request_ = request ? std::move(*request) : HttpRequest{};
  body_.reset();
  // The head of a WebSocket is itself unread.
  body_unread_ = !request || request_.wants_websocket || request_.body != HttpRequest::Body::none;
  if (!request) return complain(std::get<Reply>(std::move(result)));
  return request_.wants_websocket ? Step::upgrade : Step::head;
}

void HttpConnection::read_body(std::size_t limit) {
  body_.emplace(request_, limit);
  enter(State::body, timeouts_.body);
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  // The send buffer is empty at this point, so these few bytes fit.
  if (request_.expects_continue) static_cast<void>(socket_.send(kContinue));
}

HttpConnection::Step HttpConnection::read_more_body() {
  std::array<char, 4096> buffer;
  const ssize_t got = socket_.receive(std::span(buffer).first(std::min(body_->wants(), buffer.size())));
  if (got == StreamSocket::kWouldBlock) return Step::none;
  if (got <= 0) return Step::gone;
  switch (body_->take({buffer.data(), static_cast<std::size_t>(got)})) {
    case BodyReader::Progress::more:
      return Step::none;
    case BodyReader::Progress::whole:
      // The last read may also contain the beginning of the next request.
      body_unread_ = request_.body == HttpRequest::Body::chunked;
      return Step::body;
    case BodyReader::Progress::too_large:
      return complain(refusal(413, "The request body is too large.\n"));
    case BodyReader::Progress::malformed:
      break;
  }
  return complain(refusal(400, "The chunked request body is malformed.\n"));
}

void HttpConnection::wait(PendingRequest pending) {
  waits_for_ = pending;
  discarded_ = 0;
  enter(State::waiting, timeouts_.answer);
}

HttpConnection::Step HttpConnection::discard(std::size_t limit) {
  std::array<char, 16384> buffer;
  const ssize_t got = socket_.receive(buffer);
  if (got == StreamSocket::kWouldBlock) return Step::none;
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

HttpConnection::Step HttpConnection::complain(Reply complaint) {
  complaint_ = std::move(complaint);
  return Step::bad;
}

Reply HttpConnection::complaint() {
  return std::exchange(complaint_, std::nullopt).value_or(refusal(400, "The request is not valid HTTP.\n"));
}

void HttpConnection::answer(Reply reply) {
  waits_for_.reset();
  body_.reset();
  reply.fields += std::exchange(answer_fields_, {});
  if (request_.method == Method::head || reply.status == 204) reply.with_body = false;
  ends_ = body_unread_ || input_ended_ || !request_.keeps_alive || reply.status >= 400;
  writer_.begin(std::move(reply), ends_, common_fields_);
  enter(State::writing, timeouts_.reply);
  write_some();
}

void HttpConnection::write_some() {
  switch (writer_.write()) {
    case ReplyWriter::Progress::broken:
      // The timer closes the connection, because the caller may still use it.
      state_ = State::broken;
      return arm(0s);
    case ReplyWriter::Progress::whole:
      return after_reply();
    case ReplyWriter::Progress::more:
      lws_rx_flow_control(wsi_, 0);
      // libwebsockets drops a writable request that is made inside its writable callback. The timer repeats it.
      request_writable_ = true;
      return arm(0s);
  }
}

HttpConnection::Step HttpConnection::on_writable() {
  if (state_ == State::writing) write_some();
  return Step::none;
}

void HttpConnection::after_reply() {
  lws_rx_flow_control(wsi_, 1);
  if (!ends_) return enter(State::head, timeouts_.keep_alive);
  // Closing a socket with unread input discards the reply. Shut down sending and let the client close first.
  socket_.end_sending();
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
  return complain(refusal(408, fmt::format("The request body did not arrive within {:g} seconds.\n",
                                           std::chrono::duration<double>(timeouts_.body).count())));
}

HttpConnection::Step HttpConnection::check_reader() {
  if (std::exchange(request_writable_, false)) {
    lws_callback_on_writable(wsi_);
    arm(kCheckReader);
    return Step::none;
  }
  if (writer_.take_progress()) {
    deadline_ = Clock::now() + timeouts_.reply;
  } else {
    // Close before the deadline only when the socket is broken. A client that has finished sending, or has sent its
    // next request, still reads.
    if (socket_.is_broken() || Clock::now() >= deadline_) return Step::gone;
  }
  arm(kCheckReader);
  return Step::none;
}

void HttpConnection::drop() {
  is_dropped_ = true;
  state_ = State::broken;
  arm(0s);
}

}  // namespace cs
