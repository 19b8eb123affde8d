// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/http_request.hpp"

namespace cs {

/// Puts a request's body together, sized or in chunks (RFC 9112, sections 6 and 7). One thread.
class BodyReader {
 public:
  enum class Progress { more, whole, too_large, malformed };

  /// More than `limit` bytes are too large.
  BodyReader(const HttpRequest& request, std::size_t limit);

  /// Takes what came next. What follows the body's end is not looked at. After anything but `more` it is not called
  /// again.
  [[nodiscard]] Progress take(std::string_view bytes);

  /// How much may be given to take() at a time: of a sized body, no more than belongs to it. Chunks do not tell in
  /// advance.
  [[nodiscard]] std::size_t wants() const;

  [[nodiscard]] std::string release() { return std::move(body_); }

 private:
  enum class Part { size, data, data_end, trailer };

  [[nodiscard]] Progress take_chunks(std::string_view bytes);
  [[nodiscard]] Progress end_of_line();

  const bool chunked_;
  const std::size_t limit_;
  const std::size_t size_;
  std::string body_;

  Part part_ = Part::size;
  std::size_t chunk_left_ = 0;
  std::string line_;
  std::size_t raw_ = 0;
};

}  // namespace cs
