// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace cs {

// How programs ask the service something by HTTP that only the main thread knows: the HTTP server put the question into
// one bounded queue and answer the request when the answer comes out of another.

enum class ApiMethod { get, post, erase };

/// A path that the main thread answers for.
struct ApiEndpoint {
  std::string path;
  std::vector<ApiMethod> methods;    ///< get answers HEAD as well
  std::size_t max_body_bytes = 0;    ///< 0: a request must not have one
  std::size_t max_query_bytes = 64;  ///< longer ones are refused
};

/// Every question gets exactly one answer.
struct ApiQuestion {
  std::uint64_t number = 0;  ///< given by the HTTP server, never twice
  ApiMethod method = ApiMethod::get;
  std::string path;
  std::string query;  ///< what stands behind the question mark, as it was sent
  std::string body;
};

struct ApiReply {
  int status = 200;
  std::string content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> fields = {};  ///< header fields; an ETag is honoured
  std::shared_ptr<const std::string> body = {};                  ///< shared, since it may be large; null: empty
};

/// A refusal or a note in words, for people.
[[nodiscard]] inline ApiReply api_words(int status, std::string sentence) {
  ApiReply reply{.status = status,
                 .content_type = "text/plain; charset=utf-8",
                 .body = std::make_shared<const std::string>(std::move(sentence) + "\n")};
  if (status == 503) reply.fields.emplace_back("Retry-After", "1");
  return reply;
}

struct ApiAnswer {
  std::uint64_t number = 0;  ///< the question's
  ApiReply reply;
};

}  // namespace cs
