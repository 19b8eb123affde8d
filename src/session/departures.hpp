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

/// Keeps closed objects until is_closed(), because destroying them earlier leaks resources. After the time limit it
/// destroys them anyway, because keeping them also leaks. One thread.
template <typename T>
class Departures {
 public:
  /// `within` is the time limit. `waiting` counts the objects that are kept, `late` those that exceeded the limit.
  Departures(Clock::duration within, Metric& waiting, Metric& late) : within_(within), waiting_(waiting), late_(late) {}
  ~Departures() { waiting_.add(-static_cast<std::int64_t>(kept_.size())); }
  Departures(const Departures&) = delete;
  Departures& operator=(const Departures&) = delete;

  void add(std::unique_ptr<T> object, TimePoint now) {
    kept_.push_back({std::move(object), now});
    waiting_.add();
  }

  /// Destroys the objects that are closed or exceeded the time limit. Returns how many exceeded it.
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
