// SPDX-License-Identifier: MIT
#include "http/reply_writer.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxAtOnce = 256 * 1024;  // bytes per call

}  // namespace

void ReplyWriter::begin(Reply reply, bool ends, std::string_view common) {
  reply_ = std::move(reply);
  head_ = reply_.head(ends, common);
  if (reply_.with_body) head_ += reply_.text;
  unsent_head_ = head_;
  unsent_page_ = reply_.with_body && reply_.text.empty() ? reply_.page : std::string_view();
}

ReplyWriter::Progress ReplyWriter::write() {
  std::size_t budget = kMaxAtOnce;
  if (!write_piece(unsent_head_, budget) || !write_piece(unsent_page_, budget)) return Progress::broken;
  if (!unsent_head_.empty() || !unsent_page_.empty()) return Progress::more;
  reply_ = {};
  head_.clear();
  return Progress::whole;
}

bool ReplyWriter::write_piece(std::string_view& unsent, std::size_t& budget) {
  while (!unsent.empty() && budget > 0) {
    const ssize_t sent = socket_.send(unsent.substr(0, budget));
    if (sent < 0) return sent == StreamSocket::kWouldBlock;
    unsent.remove_prefix(static_cast<std::size_t>(sent));
    budget -= static_cast<std::size_t>(sent);
    progress_ = true;
  }
  return true;
}

}  // namespace cs
