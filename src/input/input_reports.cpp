// SPDX-License-Identifier: MIT
#include "input/input_reports.hpp"

#include <iterator>
#include <utility>

namespace cs {

InputReports::InputReports(Metrics& metrics)
    : wait_(metrics.stage("input_wait")),
      total_(metrics.stage("input")),
      lost_(metrics.get("queue_refusals_total", {{"queue", "input-reports"}})) {}

void InputReports::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(wake_mutex_);
  wake_ = std::move(wake);
}

void InputReports::drawn(TimePoint captured_at, TimePoint applied_at, TimePoint drawn_at,
                         const std::vector<InputBatchId>& batches) {
  if (batches.empty()) return;
  const std::lock_guard lock(mutex_);
  for (const InputBatchId& batch : batches)
    add(drawn_,
        {.batch = batch, .applied_at = applied_at, .drawn_at = drawn_at, .encoded_at = {}, .captured_at = captured_at});
}

void InputReports::encoded(TimePoint captured_at) {
  {
    const std::lock_guard lock(mutex_);
    if (drawn_.empty() || drawn_.front().captured_at > captured_at) return;
    const TimePoint now = Clock::now();
    for (; !drawn_.empty() && drawn_.front().captured_at <= captured_at; drawn_.pop_front()) {
      AppliedBatch& each = drawn_.front();
      each.encoded_at = now;
      each.captured_at = captured_at;
      wait_.add(each.applied_at - each.batch.received_at);
      total_.add(each.encoded_at - each.batch.received_at);
      add(encoded_, each);
    }
  }
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

std::vector<AppliedBatch> InputReports::take() {
  const std::lock_guard lock(mutex_);
  std::vector<AppliedBatch> taken(encoded_.begin(), encoded_.end());
  encoded_.clear();
  return taken;
}

void InputReports::add(std::deque<AppliedBatch>& to, const AppliedBatch& batch) {
  if (to.size() >= kMost) {
    to.pop_front();
    lost_.add();
  }
  to.push_back(batch);
}

}  // namespace cs
