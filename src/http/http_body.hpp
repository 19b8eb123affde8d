// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "http/http_request.hpp"

namespace cs {

/// Collects the body of a request, with Content-Length or in chunks (RFC 9112, sections 6 and 7). One thread.
class BodyReader {
 public:
  enum class Progress { more, whole, too_large, malformed };

  /// `limit`: maximum body size in bytes. A larger body results in `too_large`.
  BodyReader(const HttpRequest& request, std::size_t limit);

  /// Appends received bytes. Bytes after the end of the body are ignored. Do not call it again after a result other
  /// than `more`.
  [[nodiscard]] Progress take(std::string_view bytes);

  /// Maximum bytes to pass to the next take(). With Content-Length, never beyond the end of the body. With chunks, the
  /// end is not known in advance.
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
