// SPDX-License-Identifier: MIT
#include "ladder/rung_switch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cs {
namespace {

/// A picture of two streams has one time; in RTP each packet of a timestamp belongs to the same picture.
constexpr std::chrono::milliseconds kApart{1};

}  // namespace

/// What the fan-out of one rung knows of the viewer.
class RungSwitch::Input final : public AccessUnitSink {
 public:
  Input(RungSwitch& home, std::size_t rung) : home_(home), rung_(rung) {}
  [[nodiscard]] bool has_room() override { return home_.has_room(rung_); }
  void push(const AccessUnit& unit) override { home_.push(rung_, unit); }
  void skip(std::int64_t units) override { home_.skip(rung_, units); }

 private:
  RungSwitch& home_;
  const std::size_t rung_;
};

RungSwitch::RungSwitch(AccessUnitSink& out, std::vector<Broadcast*> rungs, std::shared_ptr<WatchedRung> watched,
                       Broadcast::Ended on_ended)
    : out_(out),
      rungs_(std::move(rungs)),
      on_ended_(std::move(on_ended)),
      watched_(std::move(watched)),
      places_(rungs_.size()) {
  for (std::size_t i = 0; i < rungs_.size(); ++i) inputs_.emplace_back(*this, i);
  subscribe(0);
}

RungSwitch::~RungSwitch() = default;

void RungSwitch::start() {
  started_ = true;
  for (const auto& place : places_)
    if (place) place->start();
}

void RungSwitch::subscribe(std::size_t rung) {
  if (places_[rung]) return;
  places_[rung] = rungs_[rung]->subscribe(inputs_[rung], [this, rung](const std::string& why) { lost(rung, why); });
  if (started_) places_[rung]->start();
}

void RungSwitch::lost(std::size_t rung, const std::string& why) {
  bool is_watched = false;
  {
    // A push on the fan-out's thread may take over the next rung at this moment.
    const std::lock_guard lock(mutex_);
    is_watched = rung == this->rung();
    if (!is_watched && next_ == rung) next_.reset();
  }
  if (!is_watched) return settle();
  const auto ended = on_ended_;  // a copy, since whoever hears it may destroy this
  ended(why);
}

void RungSwitch::move_to(std::size_t rung) {
  {
    const std::lock_guard lock(mutex_);
    next_ = rung == this->rung() ? std::nullopt : std::optional(rung);
  }
  subscribe(rung);
  settle();
}

bool RungSwitch::is_wanted(std::size_t rung) const {
  return rung == this->rung() || rung == next_;
}

void RungSwitch::settle() {
  std::vector<std::unique_ptr<Subscription>> left;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < places_.size(); ++i)
    if (places_[i] && !is_wanted(i)) left.push_back(std::move(places_[i]));
  // They end after the lock, since leaving waits for a unit on its way, which waits for it.
}

std::size_t RungSwitch::next() const {
  const std::lock_guard lock(mutex_);
  return next_.value_or(rung());
}

bool RungSwitch::has_room(std::size_t rung) {
  const std::lock_guard lock(mutex_);
  const bool is_left = is_cut_ && next_ && rung != next_;  // it would go on with a keyframe, and so does the next one
  return is_wanted(rung) && !is_left && out_.has_room();
}

void RungSwitch::push(std::size_t rung, const AccessUnit& unit) {
  const std::lock_guard lock(mutex_);
  if (rung != this->rung() && !take_over(rung, unit)) return;
  AccessUnit passed = unit;
  if (last_captured_at_ != TimePoint::min())
    passed.captured_at = std::max(unit.captured_at, last_captured_at_ + kApart);
  last_captured_at_ = passed.captured_at;
  is_cut_ = false;
  out_.push(passed);
}

bool RungSwitch::take_over(std::size_t rung, const AccessUnit& unit) {
  if (rung != next_) return false;
  if (!unit.keyframe || unit.captured_at + kApart < last_captured_at_) {
    // It is a moment old, for those who begin, and here it would be a step back.
    if (unit.keyframe) watched_->request_keyframe(rung);
    return false;
  }
  watched_->set(rung);
  next_.reset();
  is_cut_ = false;
  return true;
}

void RungSwitch::skip(std::size_t rung, std::int64_t units) {
  const std::lock_guard lock(mutex_);
  if (rung != this->rung()) return;
  is_cut_ = true;
  out_.skip(units);
}

}  // namespace cs
