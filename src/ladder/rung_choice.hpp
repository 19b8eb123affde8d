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

/// Chooses the rung of a viewer. Moves down quickly, when the network carries less than the rung needs or than its
/// other viewers expect. Moves up when the network has carried more for a while. Where the stream needs so little that
/// the capacity is unknown, it probes the rung above, with longer pauses after each failed probe. Rates are in bits per
/// second. Pure; one thread.
class RungChoice {
 public:
  explicit RungChoice(std::vector<Rung> ladder) : ladder_(std::move(ladder)) {}

  /// State of the viewer's network and of its stream.
  struct Sample {
    double carries = 0;       ///< lower bound of the network's capacity
    double sending = 0;       ///< the current rate of its rung
    bool is_crowded = false;  ///< packets queue in the network
    /// For each rung, the rate that its viewers expect, see StreamRate; empty: none.
    std::span<const double> expected = {};
  };
  /// Returns the rung, 0 for the full one. Call it a few times a second, but not while the viewer is moving.
  [[nodiscard]] std::size_t update(const Sample& sample, TimePoint now);

  /// The move failed and the viewer is on `rung`; delays the next move up.
  void stay(std::size_t rung, TimePoint now);

  [[nodiscard]] std::size_t rung() const { return rung_; }

 private:
  static constexpr std::chrono::milliseconds kDownAfter{400};
  // Below kMuchTooLow; not at once, because a single report may be wrong.
  static constexpr std::chrono::milliseconds kDownSoon{150};
  static constexpr std::chrono::seconds kUpAfter{3};
  static constexpr std::chrono::seconds kFirstPause{5};
  static constexpr std::chrono::seconds kLongestPause{80};
  // A move down within this time means that the move up has failed.
  static constexpr std::chrono::seconds kProbation{10};
  static constexpr std::chrono::seconds kTrust{3};  // after a move up, until the capacity is measured again
  static constexpr double kMuchTooLow = 0.7;        // of the needed rate: move down sooner
  static constexpr double kRoom = 1.15;             // above the needed rate of the rung above
  static constexpr double kIdle = 1.3;              // capacity relative to the send rate

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
