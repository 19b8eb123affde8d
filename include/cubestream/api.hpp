// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cs {

// The HTTP API for questions that only the main thread can answer. The HTTP server puts each question into a bounded
// queue and answers the request when the reply arrives in a second queue.

enum class ApiMethod { get, post, erase };

/// A path that the main thread handles.
struct ApiEndpoint {
  std::string path;
  std::vector<ApiMethod> methods;    ///< get includes HEAD
  std::size_t max_body_bytes = 0;    ///< 0: no request body allowed
  std::size_t max_query_bytes = 64;  ///< longer queries are rejected
};

/// A request to the main thread. Each gets exactly one answer.
struct ApiQuestion {
  std::uint64_t number = 0;  ///< unique, assigned by the HTTP server
  ApiMethod method = ApiMethod::get;
  std::string path;
  std::string query;  ///< the part after the question mark, undecoded
  std::string body;
};

struct ApiReply {
  int status = 200;
  std::string content_type = "application/json";
  /// Header fields; an ETag enables conditional requests.
  std::vector<std::pair<std::string, std::string>> fields = {};
  std::shared_ptr<const std::string> body = {};  ///< shared, because it may be large; null: empty
};

/// A plain-text reply for people. Adds Retry-After to a 503.
[[nodiscard]] inline ApiReply api_words(int status, std::string sentence) {
  ApiReply reply{.status = status,
                 .content_type = "text/plain; charset=utf-8",
                 .body = std::make_shared<const std::string>(std::move(sentence) + "\n")};
  if (status == 503) reply.fields.emplace_back("Retry-After", "1");
  return reply;
}

struct ApiAnswer {
  std::uint64_t number = 0;  ///< number of the question
  ApiReply reply;
};

}  // namespace cs
