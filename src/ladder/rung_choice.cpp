// SPDX-License-Identifier: MIT
#include "ladder/rung_choice.hpp"

#include <algorithm>

namespace cs {

std::size_t RungChoice::update(const Look& look, TimePoint now) {
  if (moved_up_at_ && now - *moved_up_at_ > kProbation) {
    moved_up_at_.reset();
    pause_ = kFirstPause;
  }
  if (wants_down(look, now))
    move_down(look, now);
  else if (wants_up(look, now))
    move_up(look, now);
  return rung_;
}

void RungChoice::stay(std::size_t rung, TimePoint now) {
  rung_ = rung;
  not_up_before_ = now + pause_;
  moved_up_at_.reset();
  too_low_since_.reset();
  high_enough_since_.reset();
}

bool RungChoice::wants_down(const Look& look, TimePoint now) {
  const double enough = needed(rung_, look);
  const bool is_trusted = moved_up_at_ && now - *moved_up_at_ < kTrust && !look.is_crowded;
  if (is_last() || is_trusted || look.carries >= enough || is_idle(look)) {
    too_low_since_.reset();
    return false;
  }
  if (!too_low_since_) too_low_since_ = now;
  return now - *too_low_since_ >= (look.carries < kMuchTooLow * enough ? kDownSoon : kDownAfter);
}

bool RungChoice::wants_up(const Look& look, TimePoint now) {
  const bool has_room = rung_ > 0 && (look.carries >= kRoom * needed(rung_ - 1, look) || is_idle(look));
  if (!has_room) {
    high_enough_since_.reset();
    return false;
  }
  if (!high_enough_since_) high_enough_since_ = now;
  return now - *high_enough_since_ >= kUpAfter && now >= not_up_before_;
}

bool RungChoice::is_idle(const Look& look) {
  return !look.is_crowded && look.carries >= kIdle * look.sending;
}

double RungChoice::needed(std::size_t rung, const Look& look) const {
  return std::max(least(rung), rung < look.expected.size() ? look.expected[rung] : 0);
}

std::size_t RungChoice::best_within(double carries, const Look& look) const {
  std::size_t rung = 0;
  while (rung + 1 < ladder_.size() && needed(rung, look) > carries) ++rung;
  return rung;
}

void RungChoice::move_down(const Look& look, TimePoint now) {
  if (moved_up_at_) {
    not_up_before_ = now + pause_;
    pause_ = std::min(2 * pause_, kLongestPause);
    moved_up_at_.reset();
  }
  rung_ = std::max(rung_ + 1, best_within(look.carries, look));
  too_low_since_.reset();
  high_enough_since_.reset();
}

void RungChoice::move_up(const Look& look, TimePoint now) {
  rung_ = std::min(rung_ - 1, best_within(look.carries / kRoom, look));
  moved_up_at_ = now;
  high_enough_since_.reset();
}

}  // namespace cs
