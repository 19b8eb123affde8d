// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/api.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/request_handler.hpp"
#include "loop/inbox.hpp"

namespace cs {

/// Handles requests to the endpoints that the main thread answers. Posts each request as a question, limits the
/// questions in progress, and converts answers to HTTP replies. Net thread only.
class ApiHandler final : public RequestHandler {
 public:
  /// `questions`: the queue to the main thread. Null: every request is refused with 503.
  ApiHandler(std::vector<ApiEndpoint> endpoints, Inbox<ApiQuestion>* questions, Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view path) const override { return find(path) != nullptr; }
  [[nodiscard]] HeadAction on_head(const HttpRequest& request) override;
  [[nodiscard]] BodyAction on_body(const HttpRequest& request, std::string body, const ConnectionEnds& from) override;
  [[nodiscard]] Reply on_timeout(std::uint64_t number) override;
  void on_hang_up(std::uint64_t number) override;

  /// Handles an answer from the main thread. Returns the reply if the client still waits for it.
  [[nodiscard]] std::optional<Reply> on_answer(ApiAnswer answer);

  /// Numbers of the requests that wait for a reply.
  [[nodiscard]] std::vector<std::uint64_t> waiting() const;
  /// Returns the reply for a waiting request when the server stops.
  [[nodiscard]] Reply end(std::uint64_t number);

 private:
  /// A question that the main thread has not answered yet. The entry stays until the answer arrives, even after the
  /// client disconnects. So clients cannot exceed the limit by reconnecting.
  struct Asked {
    std::string etag_known;
    bool is_waited_for = true;
  };

  [[nodiscard]] const ApiEndpoint* find(std::string_view path) const;
  [[nodiscard]] BodyAction ask(const HttpRequest& request, std::string body);
  [[nodiscard]] Reply refuse(int status, std::string sentence);

  const std::vector<ApiEndpoint> endpoints_;
  Inbox<ApiQuestion>* const questions_;
  Metric& refused_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Asked> asked_;
};

}  // namespace cs
