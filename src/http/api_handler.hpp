// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "base/inbox.hpp"
#include "base/metrics.hpp"
#include "cubestream/api.hpp"
#include "http/http_request.hpp"
#include "http/reply.hpp"

namespace cs {

/// The endpoints that the main thread answers for. Decides which requests become questions, how many may wait, and what
/// their answers look like; knows no sockets. Net thread only.
class ApiHandler {
 public:
  struct WantsBody {
    std::size_t limit;  ///< bytes
  };
  /// The reply comes later, by on_answer() or on_timeout().
  struct Later {
    std::uint64_t number;
  };

  ApiHandler(std::vector<ApiEndpoint> endpoints, Inbox<ApiQuestion>* questions, Metrics& metrics);

  [[nodiscard]] bool owns(std::string_view path) const { return find(path) != nullptr; }

  /// What to do about the head of a request.
  [[nodiscard]] std::variant<Reply, WantsBody, Later> on_head(const HttpRequest& request);

  /// The body that was wanted is there.
  [[nodiscard]] std::variant<Reply, Later> on_body(const HttpRequest& request, std::string body);

  /// The main thread's answer; a reply for the request, if that still waits.
  [[nodiscard]] std::optional<Reply> on_answer(ApiAnswer answer);

  /// The main thread did not answer in time.
  [[nodiscard]] Reply on_timeout(std::uint64_t number);

  /// The client did not wait for its reply.
  void on_hang_up(std::uint64_t number);

  /// Who waits is told that the server stops.
  [[nodiscard]] Reply end(std::uint64_t number);
  [[nodiscard]] std::vector<std::uint64_t> waiting() const;

 private:
  /// A question that the main thread has. Who hung up is kept until its answer comes, for the main thread still works
  /// on it: so no client can make it work on more than the bound.
  struct Asked {
    std::string etag_known;
    bool is_waited_for = true;
  };

  [[nodiscard]] const ApiEndpoint* find(std::string_view path) const;
  [[nodiscard]] std::variant<Reply, Later> ask(const HttpRequest& request, std::string body);
  Reply no(int status, std::string words);

  const std::vector<ApiEndpoint> endpoints_;
  Inbox<ApiQuestion>* const questions_;
  Metric& refused_;
  std::uint64_t last_number_ = 0;
  std::unordered_map<std::uint64_t, Asked> asked_;
};

}  // namespace cs
