// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/input_wish.hpp"
#include "input/input_reports.hpp"
#include "input/input_slot.hpp"
#include "source/producer_protocol.hpp"

namespace cs {

/// Input for one producer: takes it from the slot when the producer is about to draw, and reports which frame shows it.
/// Source thread only.
class ProducerInput {
 public:
  /// Both must outlive it.
  ProducerInput(InputSlot& slot, InputReports& reports) : slot_(slot), reports_(reports) {}

  void set_wish(const InputWish& wish) { wish_ = wish; }
  [[nodiscard]] const InputWish& wish() const { return wish_; }

  /// Takes events, at most kMaxInputBytes, for a request or, with request 0, for a producer with its own clock.
  [[nodiscard]] ProducerMessageWriter::EventBytes take(std::uint64_t request, TimePoint now);
  /// Whether take() left events for the next call.
  [[nodiscard]] bool has_more() const { return !waiting_.empty(); }
  [[nodiscard]] std::vector<std::string> take_messages() { return slot_.take_messages(); }

  /// The producer has answered `request` (0: none) by a frame captured at that time. Its batches are reported, if the
  /// picture is new; otherwise their effect cannot be seen, and they are forgotten.
  void answered(std::uint64_t request, TimePoint captured_at, TimePoint now, bool is_new);

 private:
  struct Sent {
    std::uint64_t request;
    TimePoint at;
    std::vector<InputBatchId> batches;
  };
  static constexpr std::size_t kMostSent = 64;

  InputSlot& slot_;
  InputReports& reports_;
  InputWish wish_;
  std::deque<InputEvent> waiting_;  // did not fit in the last message; at most what the slot holds
  std::deque<Sent> sent_;           // batches whose frame has not come
};

}  // namespace cs
