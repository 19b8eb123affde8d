// SPDX-License-Identifier: MIT
#include "ladder/rung_switch.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace cs {
namespace {

/// The same frame of two streams has the same time, but in RTP all packets with one timestamp belong to one frame.
constexpr std::chrono::milliseconds kMinFrameGap{1};

}  // namespace

/// The sink of one rung's fan-out.
class RungSwitch::Input final : public AccessUnitSink {
 public:
  Input(RungSwitch& owner, std::size_t rung) : owner_(owner), rung_(rung) {}
  [[nodiscard]] bool has_room() override { return owner_.has_room(rung_); }
  void push(const AccessUnit& unit) override { owner_.push(rung_, unit); }
  void skip(std::int64_t units) override { owner_.skip(rung_, units); }

 private:
  RungSwitch& owner_;
  const std::size_t rung_;
};

RungSwitch::RungSwitch(AccessUnitSink& out, std::vector<Broadcast*> rungs, std::shared_ptr<WatchedRung> watched,
                       Broadcast::Ended on_ended)
    : out_(out),
      rungs_(std::move(rungs)),
      on_ended_(std::move(on_ended)),
      watched_(std::move(watched)),
      subscriptions_(rungs_.size()) {
  for (std::size_t i = 0; i < rungs_.size(); ++i) inputs_.emplace_back(*this, i);
  subscribe(0);
}

RungSwitch::~RungSwitch() = default;

void RungSwitch::start() {
  started_ = true;
  for (const auto& subscription : subscriptions_)
    if (subscription) subscription->start();
}

void RungSwitch::subscribe(std::size_t rung) {
  if (subscriptions_[rung]) return;
  subscriptions_[rung] =
      rungs_[rung]->subscribe(inputs_[rung], [this, rung](const std::string& why) { on_stream_ended(rung, why); });
  if (started_) subscriptions_[rung]->start();
}

void RungSwitch::on_stream_ended(std::size_t rung, const std::string& why) {
  bool is_watched = false;
  {
    // A push() on the fan-out's thread may switch to the next rung at this moment.
    const std::lock_guard lock(mutex_);
    is_watched = rung == this->rung();
    if (!is_watched && next_ == rung) next_.reset();
  }
  if (!is_watched) return settle();
  const auto ended = on_ended_;  // a copy, because the callback may destroy this object
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

bool RungSwitch::is_needed(std::size_t rung) const {
  return rung == this->rung() || rung == next_;
}

void RungSwitch::settle() {
  std::vector<std::unique_ptr<Subscription>> closing;
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < subscriptions_.size(); ++i)
    if (subscriptions_[i] && !is_needed(i)) closing.push_back(std::move(subscriptions_[i]));
  // `closing` outlives the lock: unsubscribing waits for a running push(), which waits for the lock.
}

std::size_t RungSwitch::next() const {
  const std::lock_guard lock(mutex_);
  return next_.value_or(rung());
}

bool RungSwitch::has_room(std::size_t rung) {
  const std::lock_guard lock(mutex_);
  // It would resume with a keyframe, and so does the next stream.
  const bool is_abandoned = is_cut_ && next_ && rung != next_;
  return is_needed(rung) && !is_abandoned && out_.has_room();
}

void RungSwitch::push(std::size_t rung, const AccessUnit& unit) {
  const std::lock_guard lock(mutex_);
  if (rung != this->rung() && !take_over(rung, unit)) return;
  AccessUnit passed = unit;
  if (last_captured_at_ != TimePoint::min())
    passed.captured_at = std::max(unit.captured_at, last_captured_at_ + kMinFrameGap);
  last_captured_at_ = passed.captured_at;
  is_cut_ = false;
  out_.push(passed);
}

bool RungSwitch::take_over(std::size_t rung, const AccessUnit& unit) {
  if (rung != next_) return false;
  if (!unit.keyframe || unit.captured_at + kMinFrameGap < last_captured_at_) {
    // A replayed keyframe from before the switch; using it would be a step back in time.
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
