// SPDX-License-Identifier: MIT
#include "http/http_body.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace cs {
namespace {

constexpr std::size_t kPiece = 4096;
constexpr std::size_t kMaxLine = 256;       // bytes of a chunk-size or trailer line
constexpr std::size_t kMaxChunkDigits = 8;  // more digits exceed any limit

}  // namespace

BodyReader::BodyReader(const HttpRequest& request, std::size_t limit)
    : chunked_(request.body == HttpRequest::Body::chunked),
      limit_(limit),
      size_(static_cast<std::size_t>(std::min<std::uint64_t>(request.body_size, limit + 1))) {}

std::size_t BodyReader::wants() const {
  return chunked_ ? kPiece : std::min(kPiece, size_ - body_.size());
}

BodyReader::Progress BodyReader::take(std::string_view bytes) {
  if (chunked_) return take_chunks(bytes);
  if (size_ > limit_) return Progress::too_large;
  body_.append(bytes.substr(0, size_ - body_.size()));
  return body_.size() == size_ ? Progress::whole : Progress::more;
}

BodyReader::Progress BodyReader::take_chunks(std::string_view bytes) {
  // One-byte chunks take six bytes each on the wire. A body with more overhead than that is an attack.
  raw_ += bytes.size();
  if (raw_ > 8 * limit_) return Progress::too_large;
  while (!bytes.empty()) {
    if (part_ == Part::data) {
      const std::string_view piece = bytes.substr(0, chunk_left_);
      body_.append(piece);
      bytes.remove_prefix(piece.size());
      chunk_left_ -= piece.size();
      if (chunk_left_ == 0) part_ = Part::data_end;
      continue;
    }
    const auto end = bytes.find('\n');
    line_.append(bytes.substr(0, end));
    if (line_.size() > kMaxLine) return Progress::malformed;
    if (end == bytes.npos) return Progress::more;
    bytes.remove_prefix(end + 1);
    if (!line_.ends_with('\r')) return Progress::malformed;
    line_.pop_back();
    const Progress progress = end_of_line();
    if (progress != Progress::more) return progress;
    line_.clear();
  }
  return Progress::more;
}

BodyReader::Progress BodyReader::end_of_line() {
  if (part_ == Part::trailer) return line_.empty() ? Progress::whole : Progress::more;
  if (part_ == Part::data_end) {
    part_ = Part::size;
    return line_.empty() ? Progress::more : Progress::malformed;
  }
  const std::string_view digits = trimmed(std::string_view(line_).substr(0, line_.find(';')));
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), chunk_left_, 16);
  if (digits.empty() || error == std::errc::invalid_argument || end != digits.data() + digits.size())
    return Progress::malformed;
  if (digits.size() > kMaxChunkDigits || chunk_left_ > limit_ - body_.size()) return Progress::too_large;
  part_ = chunk_left_ == 0 ? Part::trailer : Part::data;
  return Progress::more;
}

}  // namespace cs
