// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <list>
#include <optional>
#include <unordered_map>

#include "cubestream/clock.hpp"

namespace cs {

/// Deadlines of connections, by connection number. All have the same duration. Pure; one thread.
class Deadlines {
 public:
  explicit Deadlines(Clock::duration time) : time_(time) {}

  /// Starts the deadline of a connection; restarts it if it is running.
  void begin(std::uint64_t number, TimePoint now) {
    end(number);
    places_[number] = awaited_.insert(awaited_.end(), {number, now + time_});
  }

  /// Cancels the deadline of a connection; does nothing if none is running.
  void end(std::uint64_t number) {
    const auto place = places_.find(number);
    if (place == places_.end()) return;
    awaited_.erase(place->second);
    places_.erase(place);
  }

  [[nodiscard]] bool holds(std::uint64_t number) const { return places_.contains(number); }

  /// Returns the earliest deadline; nullopt if none is running.
  [[nodiscard]] std::optional<TimePoint> next() const {
    return awaited_.empty() ? std::nullopt : std::optional(awaited_.front().until);
  }

  /// Returns a connection whose deadline has passed, and cancels that deadline; nullopt if there is none.
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
  std::list<Awaited> awaited_;  // ordered by deadline, earliest first
  std::unordered_map<std::uint64_t, std::list<Awaited>::iterator> places_;
};

}  // namespace cs
