// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Objects that were closed, each kept until it is_closed(), because destroying it earlier leaks, or until `within` has
/// passed, because keeping it for ever leaks as well. One thread.
template <typename T>
class Departures {
 public:
  /// `waiting` counts those that are kept, `late` those for which the time ran out.
  Departures(Clock::duration within, Metric& waiting, Metric& late) : within_(within), waiting_(waiting), late_(late) {}
  ~Departures() { waiting_.add(-static_cast<std::int64_t>(kept_.size())); }
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  void add(std::unique_ptr<T> object, TimePoint now) {
    kept_.push_back({std::move(object), now});
    waiting_.add();
  }

  /// Destroys those that can go or have had their time. The result is how many were late.
  std::size_t sweep(TimePoint now) {
    std::size_t late = 0;
    const std::size_t gone = std::erase_if(kept_, [&](const Kept& each) {
      if (each.object->is_closed()) return true;
      if (now - each.since < within_) return false;
      ++late;
      return true;
    });
    waiting_.add(-static_cast<std::int64_t>(gone));
    late_.add(static_cast<std::int64_t>(late));
    return late;
  }

  [[nodiscard]] std::size_t size() const { return kept_.size(); }

 private:
  struct Kept {
    std::unique_ptr<T> object;
    TimePoint since;
  };

  const Clock::duration within_;
  Metric& waiting_;
  Metric& late_;
  std::vector<Kept> kept_;
};

}  // namespace cs
