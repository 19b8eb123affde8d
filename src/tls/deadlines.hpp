// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "cubestream/clock.hpp"

namespace cs {

/// Those of whom something is awaited, by their numbers, each for the same time. Pure; one thread.
class Deadlines {
 public:
  explicit Deadlines(Clock::duration time) : time_(time) {}

  /// From now on, even if it was awaited before.
  void begin(std::uint64_t number, TimePoint now) {
    end(number);
    places_[number] = awaited_.insert(awaited_.end(), {number, now + time_});
  }

  /// Harmless where nothing is awaited.
  void end(std::uint64_t number) {
    const auto place = places_.find(number);
    if (place == places_.end()) return;
    awaited_.erase(place->second);
    places_.erase(place);
  }

  [[nodiscard]] bool holds(std::uint64_t number) const { return places_.contains(number); }

  /// When the next one will be late; none: nothing is awaited.
  [[nodiscard]] std::optional<TimePoint> next() const {
    return awaited_.empty() ? std::nullopt : std::optional(awaited_.front().until);
  }

  /// One that is late, of which nothing is awaited any more.
  [[nodiscard]] std::optional<std::uint64_t> late(TimePoint now) {
    if (awaited_.empty() || awaited_.front().until > now) return std::nullopt;
    const std::uint64_t number = awaited_.front().number;
    end(number);
    return number;
  }

 private:
  struct Awaited {
    std::uint64_t number;
    TimePoint until;
  };

  const Clock::duration time_;
  std::list<Awaited> awaited_;  // whose time is up first is in front
  std::unordered_map<std::uint64_t, std::list<Awaited>::iterator> places_;
};

}  // namespace cs
