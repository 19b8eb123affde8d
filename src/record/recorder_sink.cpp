// SPDX-License-Identifier: MIT
#include "record/recorder_sink.hpp"

#include <utility>

#include "base/thread_role.hpp"
#include "record/parameter_sets.hpp"

namespace cs {

RecorderSink::RecorderSink(SegmentClock::Limits limits, std::function<void()> request_keyframe, const Wakeup& changed,
                           Metrics& metrics)
    : request_keyframe_(std::move(request_keyframe)),
      changed_(changed),
      skipped_(metrics.get("recording_frames_skipped_total")),
      clock_(limits) {}

bool RecorderSink::has_room() {
  const std::lock_guard lock(mutex_);
  if (finished_ || (current_ ? current_->has_room() : next_ != nullptr)) return true;
  skipped_.add();
  return false;
}

bool RecorderSink::begins_segment(const AccessUnit& unit) {
  if (!current_) return unit.keyframe && next_ != nullptr;
  // A new encoder has other parameter sets and needs a new file.
  if (unit.keyframe && parameter_sets(unit) != parameters_) return true;
  const auto step = clock_.on_unit(unit.keyframe, unit.captured_at, unit.data.size());
  if (step == SegmentClock::Step::ask_for_keyframe) request_keyframe_();
  return step == SegmentClock::Step::change && next_ != nullptr;
}

void RecorderSink::push(const AccessUnit& unit) {
  bool changed = false;
  {
    const std::lock_guard lock(mutex_);
    if (finished_) return;
    if (begins_segment(unit)) {
      if (current_) {
        current_->finish();
        replaced_.push_back(std::move(current_));
      }
      changed = true;
      current_ = std::move(next_);
      clock_.begin(unit.captured_at);
      began_ = unit.captured_at;
      parameters_ = parameter_sets(unit);
    }
    if (current_) {
      current_->push(unit);
      last_ = unit.captured_at;
    } else {
      // Happens only if the encoder was replaced twice in a short time.
      skipped_.add();
      request_keyframe_();
    }
  }
  if (changed) changed_.wake();
}

void RecorderSink::stand_by(std::unique_ptr<Segment> next) {
  assert_on(ThreadRole::main);
  const std::lock_guard lock(mutex_);
  next_ = std::move(next);
}

bool RecorderSink::wants_next() const {
  const std::lock_guard lock(mutex_);
  return !next_ && !finished_;
}

std::vector<std::unique_ptr<Segment>> RecorderSink::collect() {
  const std::lock_guard lock(mutex_);
  return std::exchange(replaced_, {});
}

std::unique_ptr<Segment> RecorderSink::finish() {
  const std::lock_guard lock(mutex_);
  finished_ = true;
  if (current_) current_->finish();
  return std::move(current_);
}

std::optional<RecorderSink::Position> RecorderSink::position() const {
  const std::lock_guard lock(mutex_);
  if (!current_) return std::nullopt;
  return Position{.file = current_->name(), .bytes = current_->bytes(), .began = began_, .last = last_};
}

}  // namespace cs
