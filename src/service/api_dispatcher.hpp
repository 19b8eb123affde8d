// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "cubestream/api.hpp"
#include "loop/inbox.hpp"
#include "loop/wakeup.hpp"

namespace cs {

/// Sends the answer to one API request. If the last copy is destroyed without an answer, it sends a 503. Main thread
/// only.
class ApiResponder {
 public:
  ApiResponder(std::uint64_t number, Inbox<ApiAnswer>& answers);

  /// Sends the reply. Only the first call has an effect.
  void operator()(ApiReply reply) const;

 private:
  struct Open;
  std::shared_ptr<Open> open_;
};

/// Dispatches API requests on the main thread: a table of endpoints, each with a function that answers at once or
/// later. To add an endpoint, add a row. Main thread only.
class ApiDispatcher {
 public:
  struct Row {
    ApiEndpoint endpoint;
    std::function<void(const ApiQuestion&, ApiResponder)> answer;
  };

  /// This object is the only consumer of `questions`.
  ApiDispatcher(std::vector<Row> rows, Inbox<ApiQuestion>& questions, Inbox<ApiAnswer>& answers);
  ~ApiDispatcher();
  ApiDispatcher(const ApiDispatcher&) = delete;
  ApiDispatcher& operator=(const ApiDispatcher&) = delete;

  /// The endpoints, for the HTTP server.
  [[nodiscard]] std::vector<ApiEndpoint> endpoints() const;

 private:
  void answer_all();

  const std::vector<Row> rows_;
  Inbox<ApiQuestion>& questions_;
  Inbox<ApiAnswer>& answers_;
  const Wakeup arrivals_;
};

}  // namespace cs
