// SPDX-License-Identifier: MIT
#include "service/api_dispatcher.hpp"

#include <algorithm>
#include <utility>

#include "base/thread_role.hpp"
#include "loop/guarded.hpp"

namespace cs {

struct ApiResponder::Open {
  Open(std::uint64_t request_number, Inbox<ApiAnswer>& inbox) : number(request_number), answers(inbox) {}
  ~Open() {
    if (!answered) send(api_words(503, "The server could not answer; try again in a moment."));
  }
  Open(const Open&) = delete;
  Open& operator=(const Open&) = delete;

  void send(ApiReply reply) {
    answered = true;
    // The inbox has space for an answer to every request that the HTTP server keeps open.
    static_cast<void>(answers.try_push({number, std::move(reply)}));
  }

  const std::uint64_t number;
  Inbox<ApiAnswer>& answers;
  bool answered = false;
};

ApiResponder::ApiResponder(std::uint64_t number, Inbox<ApiAnswer>& answers)
    : open_(std::make_shared<Open>(number, answers)) {}

void ApiResponder::operator()(ApiReply reply) const {
  assert_on(ThreadRole::main);
  if (!open_->answered) open_->send(std::move(reply));
}

ApiDispatcher::ApiDispatcher(std::vector<Row> rows, Inbox<ApiQuestion>& questions, Inbox<ApiAnswer>& answers)
    : rows_(std::move(rows)), questions_(questions), answers_(answers), arrivals_([this] { answer_all(); }) {
  questions_.set_wake([this] { arrivals_.wake(); });
}

ApiDispatcher::~ApiDispatcher() {
  questions_.set_wake({});
}

std::vector<ApiEndpoint> ApiDispatcher::endpoints() const {
  std::vector<ApiEndpoint> endpoints;
  for (const Row& row : rows_) endpoints.push_back(row.endpoint);
  return endpoints;
}

void ApiDispatcher::answer_all() {
  while (const auto question = questions_.pop()) {
    const ApiResponder respond(question->number, answers_);
    const auto row = std::ranges::find(rows_, question->path, [](const Row& each) { return each.endpoint.path; });
    // A handler that throws must not affect other requests; its own is answered with an error.
    if (row != rows_.end()) run_guarded([&] { row->answer(*question, respond); });
  }
}

}  // namespace cs
