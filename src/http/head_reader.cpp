// SPDX-License-Identifier: MIT
#include "http/head_reader.hpp"

#include <array>
#include <span>
#include <utility>

namespace cs {

HeadReader::Result HeadReader::read() {
  std::array<char, kMaxHeadBytes> buffer;
  const ssize_t got = socket_.peek(buffer);
  if (got == StreamSocket::kWouldBlock) return Progress::waiting;
  if (got <= 0) return Progress::gone;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(got));
  const auto take = [&](std::size_t size) { static_cast<void>(socket_.receive(std::span(buffer).first(size))); };
  if (text.starts_with("\r\n")) {  // some clients send an extra CRLF after a body
    take(2);
    return Progress::waiting;
  }
  const auto end = text.find("\r\n\r\n");
  if (end == text.npos) return read_part(text);
  begin_next();
  auto parsed = parse_request(text.substr(0, end + 4));
  if (auto* const refused = std::get_if<Reply>(&parsed)) {
    take(end + 4);
    return std::move(*refused);
  }
  auto& request = std::get<HttpRequest>(parsed);
  if (!request.wants_websocket) take(end + 4);
  return std::move(request);
}

HeadReader::Result HeadReader::read_part(std::string_view text) {
  const auto refuse = [this](int status, const char* words) {
    begin_next();
    return refusal(status, words);
  };
  if (text.front() < 'A' || text.front() > 'Z') return refuse(400, "The request is not valid HTTP.\n");
  if (text.size() == kMaxHeadBytes) return refuse(431, "The request head is larger than 16 KB.\n");
  // Readable without new bytes: the client closed the connection inside the head.
  if (text.size() == seen_) return Progress::gone;
  const bool is_first = seen_ == 0;
  seen_ = text.size();
  socket_.set_low_water(seen_ + 1);
  return is_first ? Progress::begun : Progress::waiting;
}

void HeadReader::begin_next() {
  seen_ = 0;
  socket_.set_low_water(1);
}

}  // namespace cs
