// SPDX-License-Identifier: MIT
#include "source/producer_input.hpp"

#include <utility>

#include "input/message.hpp"

namespace cs {

ProducerMessageWriter::EventBytes ProducerInput::take(std::uint64_t request, TimePoint now) {
  if (waiting_.empty()) {
    PendingInput pending = slot_.take();
    for (InputEvent& event : pending.events) waiting_.push_back(std::move(event));
    if (!pending.batches.empty()) {
      if (sent_.size() >= kMostSent) sent_.pop_front();
      sent_.push_back({request, now, std::move(pending.batches)});
    }
  }
  ProducerMessageWriter::EventBytes events;
  for (; !waiting_.empty(); waiting_.pop_front()) {
    const std::size_t before = events.bytes.size();
    write_input_event(waiting_.front(), events.bytes);
    if (events.bytes.size() > kMaxInputBytes) {
      events.bytes.resize(before);
      break;
    }
    ++events.count;
  }
  return events;
}

void ProducerInput::answered(std::uint64_t request, TimePoint captured_at, TimePoint now, bool is_new) {
  const auto is_answered = [&](const Sent& sent) {
    return sent.request == 0 ? sent.at <= captured_at : sent.request <= request;
  };
  for (; !sent_.empty() && is_answered(sent_.front()); sent_.pop_front())
    if (is_new) reports_.drawn(captured_at, sent_.front().at, now, sent_.front().batches);
}

}  // namespace cs
