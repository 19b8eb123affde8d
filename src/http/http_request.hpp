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

/// Maximum size of a request head. Cookies of other services on the same host can be long.
inline constexpr std::size_t kMaxHeadBytes = 16 * 1024;

enum class Method { get, head, post, patch, erase, options, other };

/// The head of an HTTP/1 request (RFC 9112).
struct HttpRequest {
  enum class Body { none, sized, chunked };

  Method method = Method::other;
  std::string path;   ///< as sent, without the query
  std::string query;  ///< as sent, without the question mark
  Body body = Body::none;
  std::uint64_t body_size = 0;    ///< bytes, if `body` is `sized`
  bool keeps_alive = false;       ///< the connection stays open for more requests
  bool wants_websocket = false;   ///< other protocol upgrades are ignored (RFC 9110, section 7.8)
  bool expects_continue = false;  ///< the client waits for 100 Continue before it sends the body
  std::vector<std::pair<std::string, std::string>> fields;  ///< names in lower case

  /// The value of a header field, `name` in lower case. Several values are joined by ", ". Empty if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
  [[nodiscard]] bool has_field(std::string_view name) const;
  /// The Content-Type without parameters, in lower case.
  [[nodiscard]] std::string media_type() const;
  /// Whether Accept allows a reply of this media type (RFC 9110, section 12.5.1), in lower case.
  [[nodiscard]] bool accepts(std::string_view type) const;
};

/// Parses a request head including the final empty line. Returns a refusal if it is invalid, or if the body length is
/// ambiguous. Never throws because of the content. Any thread.
[[nodiscard]] std::variant<HttpRequest, Reply> parse_request(std::string_view head);

}  // namespace cs
