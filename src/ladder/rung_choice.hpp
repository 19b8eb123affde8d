// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/rung.hpp"

namespace cs {

/// On which rung of the ladder a viewer is to be. Down quickly, as soon as its network carries less than its rung needs
/// or than the others there expect; up when it has carried more for a while, or, where the pictures need so little that
/// nothing is known of what it carries, for a try, with longer and longer pauses between tries that failed. Rates are
/// bits per second. Pure; one thread.
class RungChoice {
 public:
  explicit RungChoice(std::vector<Rung> ladder) : ladder_(std::move(ladder)) {}

  /// What is known of its network, and of the stream that it watches.
  struct Sample {
    double carries = 0;       ///< at least
    double sending = 0;       ///< what the pictures of its rung take now
    bool is_crowded = false;  ///< packets wait on the way
    /// Of each rung, what those who watch it expect of others there, see StreamRate; left out: nothing.
    std::span<const double> expected = {};
  };
  /// The rung, 0 for the full one. Call it a few times a second, and not while it is on its way to another.
  [[nodiscard]] std::size_t update(const Sample& sample, TimePoint now);

  /// It did not get where it was to be, and is there; the next try comes later.
  void stay(std::size_t rung, TimePoint now);

  [[nodiscard]] std::size_t rung() const { return rung_; }

 private:
  static constexpr std::chrono::milliseconds kDownAfter{400};
  static constexpr std::chrono::milliseconds kDownSoon{150};  // with kMuchTooLow; a single report may be wrong
  static constexpr std::chrono::seconds kUpAfter{3};
  static constexpr std::chrono::seconds kFirstPause{5};
  static constexpr std::chrono::seconds kLongestPause{80};
  static constexpr std::chrono::seconds kProbation{10};  // a move up that is taken back within this has failed
  static constexpr std::chrono::seconds kTrust{3};       // until what it carries is known anew
  static constexpr double kMuchTooLow = 0.7;             // of what is needed: little to wait for
  static constexpr double kRoom = 1.15;                  // beyond the least of the rung above
  static constexpr double kIdle = 1.3;                   // carries so much more than it has to

  [[nodiscard]] double least(std::size_t rung) const { return 1000.0 * ladder_[rung].least_kbps; }
  [[nodiscard]] bool is_last() const { return rung_ + 1 == ladder_.size(); }
  [[nodiscard]] static bool is_idle(const Sample& sample);
  [[nodiscard]] double needed(std::size_t rung, const Sample& sample) const;
  [[nodiscard]] std::size_t best_within(double carries, const Sample& sample) const;
  [[nodiscard]] bool wants_down(const Sample& sample, TimePoint now);
  [[nodiscard]] bool wants_up(const Sample& sample, TimePoint now);
  void move_down(const Sample& sample, TimePoint now);
  void move_up(const Sample& sample, TimePoint now);

  const std::vector<Rung> ladder_;
  std::size_t rung_ = 0;
  std::optional<TimePoint> too_low_since_;
  std::optional<TimePoint> high_enough_since_;
  std::optional<TimePoint> moved_up_at_;
  TimePoint not_up_before_ = TimePoint::min();
  std::chrono::seconds pause_ = kFirstPause;
};

}  // namespace cs
