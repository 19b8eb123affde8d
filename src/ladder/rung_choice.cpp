// SPDX-License-Identifier: MIT
#include "ladder/rung_choice.hpp"

#include <algorithm>

namespace cs {

std::size_t RungChoice::update(const Sample& sample, TimePoint now) {
  if (moved_up_at_ && now - *moved_up_at_ > kProbation) {
    moved_up_at_.reset();
    pause_ = kFirstPause;
  }
  if (wants_down(sample, now))
    move_down(sample, now);
  else if (wants_up(sample, now))
    move_up(sample, now);
  return rung_;
}

void RungChoice::stay(std::size_t rung, TimePoint now) {
  rung_ = rung;
  not_up_before_ = now + pause_;
  moved_up_at_.reset();
  too_low_since_.reset();
  high_enough_since_.reset();
}

bool RungChoice::wants_down(const Sample& sample, TimePoint now) {
  const double enough = needed(rung_, sample);
  const bool is_trusted = moved_up_at_ && now - *moved_up_at_ < kTrust && !sample.is_crowded;
  if (is_last() || is_trusted || sample.carries >= enough || is_idle(sample)) {
    too_low_since_.reset();
    return false;
  }
  if (!too_low_since_) too_low_since_ = now;
  return now - *too_low_since_ >= (sample.carries < kMuchTooLow * enough ? kDownSoon : kDownAfter);
}

bool RungChoice::wants_up(const Sample& sample, TimePoint now) {
  const bool has_room = rung_ > 0 && (sample.carries >= kRoom * needed(rung_ - 1, sample) || is_idle(sample));
  if (!has_room) {
    high_enough_since_.reset();
    return false;
  }
  if (!high_enough_since_) high_enough_since_ = now;
  return now - *high_enough_since_ >= kUpAfter && now >= not_up_before_;
}

bool RungChoice::is_idle(const Sample& sample) {
  return !sample.is_crowded && sample.carries >= kIdle * sample.sending;
}

double RungChoice::needed(std::size_t rung, const Sample& sample) const {
  return std::max(least(rung), rung < sample.expected.size() ? sample.expected[rung] : 0);
}

std::size_t RungChoice::best_within(double carries, const Sample& sample) const {
  std::size_t rung = 0;
  while (rung + 1 < ladder_.size() && needed(rung, sample) > carries) ++rung;
  return rung;
}

void RungChoice::move_down(const Sample& sample, TimePoint now) {
  if (moved_up_at_) {
    not_up_before_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    moved_up_at_.reset();
  }
  rung_ = std::max(rung_ + 1, best_within(sample.carries, sample));
  too_low_since_.reset();
  high_enough_since_.reset();
}

void RungChoice::move_up(const Sample& sample, TimePoint now) {
  rung_ = std::min(rung_ - 1, best_within(sample.carries / kRoom, sample));
  moved_up_at_ = now;
  high_enough_since_.reset();
}

}  // namespace cs
