// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/inbox.hpp"
#include "base/metrics.hpp"
#include "cubestream/api.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"
#include "http/request_handler.hpp"

namespace cs {

/// The endpoints that the main thread answers: turns requests into questions, bounds how many may wait for an answer,
/// and turns answers into replies. Net thread only.
class ApiHandler final : public RequestHandler {
 public:
  /// `questions`: null: nothing answers, and every request is refused.
  ApiHandler(std::vector<ApiEndpoint> endpoints, Inbox<ApiQuestion>* questions, Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view path) const override { return find(path) != nullptr; }
  [[nodiscard]] HeadAction on_head(const HttpRequest& request) override;
  [[nodiscard]] BodyAction on_body(const HttpRequest& request, std::string body, const ConnectionEnds& from) override;
  [[nodiscard]] Reply on_timeout(std::uint64_t number) override;
  void on_hang_up(std::uint64_t number) override;

  /// The main thread has answered; a reply for the request, if it still waits.
  [[nodiscard]] std::optional<Reply> on_answer(ApiAnswer answer);

  /// The requests that wait for a reply.
  [[nodiscard]] std::vector<std::uint64_t> waiting() const;
  /// The reply to one of them when the server stops.
  [[nodiscard]] Reply end(std::uint64_t number);

 private:
  /// A question that the main thread has. It stays here until its answer comes, even when the client has gone, so that
  /// clients cannot make the main thread work on more questions than the bound.
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
