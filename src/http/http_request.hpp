// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "http/reply.hpp"

namespace cs {

/// Longer heads are refused; cookies of other services on the same host can be long.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

enum class Method { get, head, post, patch, erase, options, other };

/// The head of an HTTP/1 request (RFC 9112).
struct HttpRequest {
  enum class Body { none, sized, chunked };

  Method method = Method::other;
  std::string path;   ///< as it was sent, without the query
  std::string query;  ///< as it was sent, without the question mark
  Body body = Body::none;
  std::uint64_t body_size = 0;    ///< of a sized one
  bool keeps_alive = false;       ///< the client would ask more on the same connection
  bool wants_websocket = false;   ///< other switches of protocol are ignored (RFC 9110, section 7.8)
  bool expects_continue = false;  ///< it sends its body when it is told to
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case

  /// A header field's value, `name` in lower case; several are joined by ", ", none is empty.
  [[nodiscard]] std::string field(std::string_view name) const;
  [[nodiscard]] bool has_field(std::string_view name) const;
  /// The type without its parameters, in lower case.
  [[nodiscard]] std::string media_type() const;
};

/// Reads a head, the empty line included; a refusal where that cannot be, or where it is not certain where its body
/// ends. Never throws for what is in it. Any thread.
[[nodiscard]] std::variant<HttpRequest, Reply> parse_request(std::string_view head);

/// Letters of ASCII only. Any thread.
[[nodiscard]] std::string lower_case(std::string_view text);

/// Without blanks and tabs around it. Any thread.
[[nodiscard]] std::string_view trimmed(std::string_view text);

/// The parts of a comma-separated list, trimmed; empty ones are left out. Any thread.
[[nodiscard]] std::vector<std::string_view> list_items(std::string_view text);

}  // namespace cs
