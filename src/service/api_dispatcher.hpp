// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "base/fd.hpp"
#include "base/inbox.hpp"
#include "cubestream/api.hpp"

namespace cs {

/// Where the answer to one question goes: exactly one, for when the last copy is gone without one it says that there is
/// none. Main thread only.
class ApiResponder {
 public:
  ApiResponder(std::uint64_t number, Inbox<ApiAnswer>& answers);

  /// The first call counts.
  void operator()(ApiReply reply) const;

 private:
  struct Open;
  std::shared_ptr<Open> open_;
};

/// The main thread's end of the API: a table of endpoints, each with the function that answers, at once or later. To
/// add an endpoint, add a row. Main thread only.
class ApiDispatcher {
 public:
  struct Row {
    ApiEndpoint endpoint;
    std::function<void(const ApiQuestion&, ApiResponder)> answer;
  };

  /// `questions` is popped here and nowhere else.
  ApiDispatcher(std::vector<Row> rows, Inbox<ApiQuestion>& questions, Inbox<ApiAnswer>& answers);
  ~ApiDispatcher();
  ApiDispatcher(const ApiDispatcher&) = delete;
  ApiDispatcher& operator=(const ApiDispatcher&) = delete;

  /// What the HTTP server have to know.
  [[nodiscard]] std::vector<ApiEndpoint> endpoints() const;

 private:
  void answer_all();

  const std::vector<Row> rows_;
  Inbox<ApiQuestion>& questions_;
  Inbox<ApiAnswer>& answers_;
  const Wakeup arrivals_;
};

}  // namespace cs
