// SPDX-License-Identifier: MIT
#include "record/segmenter.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxClosing = 4;  // files that are not complete yet

/// A file is at most this fraction of the total size limit, so that deleting the oldest file leaves others.
constexpr std::uint64_t kMinFiles = 4;

}  // namespace

Segmenter::Segmenter(std::chrono::seconds length, const Channel& channel, Store& store, Observer& observer, Loop& loop,
                     Metrics& metrics)
    : length_(length),
      channel_(channel),
      store_(store),
      observer_(observer),
      loop_(loop),
      metrics_(metrics),
      log_(make_log("record")),
      changes_([this] { rotate(); }) {}

std::optional<StoreFailure> Segmenter::begin() {
  if (closing_.size() >= kMaxClosing)
    return StoreFailure{EBUSY,
                        "too many earlier files are not complete; check whether the disk of CS_RECORD_DIR hangs"};
  for (Closing& each : closing_) each.is_earlier = true;
  has_file_ = false;
  try {
    sink_ = std::make_unique<RecorderSink>(
        SegmentClock::Limits{.length = length_, .bytes = store_.config().max_bytes / kMinFiles},
        channel_.broadcast->keyframe_requester(), changes_, metrics_);
    prepare_next();
    subscription_ = channel_.broadcast->subscribe(*sink_, [this](const std::string& why) {
      end();
      observer_.on_failed({EIO, "there is no stream to record: " + why});
    });
  } catch (const StartupError& error) {
    abort();
    return StoreFailure{EIO, error.what()};
  }
  subscription_->start();
  return std::nullopt;
}

void Segmenter::end() {
  subscription_.reset();
  collect();
  if (auto last = sink_->finish()) closing_.push_back({.segment = std::move(last)});
  sink_.reset();
}

/// Ends the recording without completing the current file.
void Segmenter::abort() {
  subscription_.reset();
  sink_.reset();
}

std::optional<RecorderSink::Position> Segmenter::position() const {
  return sink_ ? sink_->position() : std::nullopt;
}

void Segmenter::wait_for_end(TimePoint deadline) {
  for (const Closing& each : closing_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    if (!each.segment->wait_for_end(std::max(left, std::chrono::milliseconds(0))))
      log_->warn("{} was not completed in time; it can still be played", each.segment->name());
  }
}

void Segmenter::rotate() {
  collect();
  if (!sink_ || !sink_->wants_next()) return;
  try {
    prepare_next();
  } catch (const StartupError& error) {
    abort();
    observer_.on_failed({EIO, error.what()});
  }
}

void Segmenter::prepare_next() {
  sink_->stand_by(
      std::make_unique<Segment>("record", FileKind::segment, channel_.stream, store_, *this, loop_, metrics_));
}

void Segmenter::collect() {
  if (!sink_) return;
  for (auto& segment : sink_->collect()) closing_.push_back({.segment = std::move(segment)});
}

std::vector<Segmenter::Closing>::iterator Segmenter::find_closing(const Segment& segment) {
  collect();  // the segment may have been replaced, and even completed, before rotate() was called
  return std::ranges::find_if(closing_, [&](const Closing& each) { return each.segment.get() == &segment; });
}

void Segmenter::on_file(Segment& segment) {
  const auto closing = find_closing(segment);
  if (!sink_ || (closing != closing_.end() && closing->is_earlier)) return;
  const bool is_first = !std::exchange(has_file_, true);
  log_->info("{} {}/{}", is_first ? "recording to" : "continuing in", store_.config().directory, segment.name());
  if (is_first) observer_.on_recording();
}

void Segmenter::on_end(Segment& segment) {
  const auto closing = find_closing(segment);
  if (closing == closing_.end()) return;
  log_->info("completed {}, {:.1f} MB", segment.name(), static_cast<double>(segment.bytes()) / 1e6);
  closing_.erase(closing);
  observer_.on_closed(std::nullopt);
}

void Segmenter::on_error(Segment& segment, const StoreFailure& failure) {
  const auto closing = find_closing(segment);
  if (closing == closing_.end()) {
    abort();
    return observer_.on_failed(failure);
  }
  closing_.erase(closing);
  observer_.on_closed(failure);
}

}  // namespace cs
