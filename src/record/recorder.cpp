// SPDX-License-Identifier: MIT
#include "record/recorder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kFinishTimeout{1000};
constexpr std::size_t kMaxClosing = 4;             // files that are not complete yet
constexpr std::chrono::seconds kAnswerTimeout{8};  // the HTTP server waits for 10 s

/// A file is at most this fraction of the total size limit, so that deleting the oldest file leaves others.
constexpr std::uint64_t kMinFiles = 4;

}  // namespace

std::string_view name_of(Recorder::State state) {
  switch (state) {
    case Recorder::State::off:
      return "off";
    case Recorder::State::starting:
      return "starting";
    case Recorder::State::recording:
      return "recording";
    case Recorder::State::stopping:
      return "stopping";
    case Recorder::State::waiting:
      return "waiting";
  }
  return "";
}

Recorder::Recorder(Config config, const Channel& channel, Store& store, Loop& loop, Metrics& metrics)
    : config_(config),
      channel_(channel),
      store_(store),
      loop_(loop),
      metrics_(metrics),
      log_(make_log("record")),
      recording_(metrics.get("recording")),
      errors_(metrics.get("recording_errors_total")),
      backoff_(config.pause),
      disk_(store.disk(), config.hang, metrics, [this] { publish_state(); }),
      changes_([this] { rotate(); }) {
  metrics_.state("recording", std::string(name_of(state_)));
  update();
}

Recorder::~Recorder() {
  if (!finished_) finish();
  for (const Closing& each : closing_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (!each.segment->wait_for_end(std::max(left, std::chrono::milliseconds(0))))
      log_->warn("{} was not completed in time; it can still be played", each.segment->name());
  }
}

void Recorder::watched(bool watched) {
  has_viewers_ = watched;
  update();
}

void Recorder::start(Done done) {
  assert_on(ThreadRole::main);
  requested_ = true;
  if (state_ == State::recording) return done(report());
  add_pending(std::move(done));
  update();
}

void Recorder::stop(Done done) {
  assert_on(ThreadRole::main);
  requested_ = false;
  add_pending(std::move(done));
  update();
  if (state_ == State::off) enter(State::off);
}

void Recorder::finish() {
  finished_ = true;
  deadline_ = Clock::now() + kFinishTimeout;
  update();
}

Recorder::Report Recorder::report() const {
  return {.state = state_, .position = sink_ ? sink_->position() : std::nullopt, .failure = failure()};
}

std::optional<StoreFailure> Recorder::failure() const {
  return disk_.hangs() ? std::optional(kDiskHangs) : failure_;
}

bool Recorder::is_wanted() const {
  const bool by_itself = config_.mode == RecordMode::on || (config_.mode == RecordMode::viewers && has_viewers_);
  return !finished_ && requested_.value_or(by_itself);
}

void Recorder::update() {
  if (is_wanted()) {
    // A start request during the pause retries at once.
    if (state_ == State::off || state_ == State::stopping || (state_ == State::waiting && requested_)) begin();
  } else if (state_ == State::starting || state_ == State::recording) {
    end();
  } else if (state_ == State::waiting) {
    retry_timer_.reset();
    enter(State::off);
  }
}

void Recorder::begin() {
  retry_timer_.reset();
  if (closing_.size() >= kMaxClosing)
    return fail({EBUSY, "too many earlier files are not complete; check whether the disk of CS_RECORD_DIR hangs"});
  first_number_ = last_number_ + 1;
  began_ = Clock::now();
  try {
    sink_ = std::make_unique<RecorderSink>(
        SegmentClock::Limits{.length = config_.segment, .bytes = store_.config().max_bytes / kMinFiles},
        RecorderSink::Handlers{.request_keyframe = channel_.broadcast->keyframe_requester(),
                               .on_change = [this] { changes_.wake(); }},
        metrics_);
    sink_->stand_by(make_segment());
    subscription_ = channel_.broadcast->subscribe(*sink_, [this](const std::string& why) {
      close_sink();
      fail({EIO, "there is no stream to record: " + why});
    });
  } catch (const StartupError& error) {
    return fail({EIO, error.what()});
  }
  enter(State::starting);
  subscription_->start();
}

void Recorder::end() {
  close_sink();
  enter(closing_.empty() ? State::off : State::stopping);
}

void Recorder::close_sink() {
  subscription_.reset();
  rotate();
  if (auto last = sink_->finish()) closing_.push_back({numbers_.at(last.get()), std::move(last)});
  sink_.reset();
  numbers_.clear();
}

void Recorder::rotate() {
  if (!sink_) return;
  for (auto& segment : sink_->collect()) {
    const auto entry = numbers_.extract(segment.get());
    closing_.push_back({entry.mapped(), std::move(segment)});
  }
  if (!subscription_ || !sink_->wants_next()) return;
  try {
    sink_->stand_by(make_segment());
  } catch (const StartupError& error) {
    fail({EIO, error.what()});
  }
}

std::unique_ptr<Segment> Recorder::make_segment() {
  const unsigned number = ++last_number_;
  auto segment = std::make_unique<Segment>(
      "record", FileKind::segment, channel_.stream, store_,
      Segment::Handlers{.on_file = [this, number] { on_file(number); },
                        .on_end = [this, number] { on_end(number); },
                        .on_error = [this, number](const StoreFailure& failure) { on_error(number, failure); }},
      loop_, metrics_);
  numbers_[segment.get()] = number;
  return segment;
}

void Recorder::on_file(unsigned number) {
  if (!sink_ || number < first_number_) return;
  const auto position = sink_->position();
  log_->info("{} {}/{}", state_ == State::starting ? "recording to" : "continuing in", store_.config().directory,
             position ? position->file : "");
  if (state_ != State::starting) return;
  failure_.reset();
  enter(State::recording);
}

void Recorder::on_end(unsigned number) {
  rotate();  // the segment may have been replaced and completed before its on_change was handled
  const auto closed = std::ranges::find(closing_, number, &Closing::number);
  if (closed == closing_.end()) return;
  log_->info("completed {}, {:.1f} MB", closed->segment->name(), static_cast<double>(closed->segment->bytes()) / 1e6);
  closing_.erase(closed);
  if (state_ == State::stopping && closing_.empty()) enter(State::off);
}

void Recorder::on_error(unsigned number, const StoreFailure& failure) {
  if (sink_ && number >= first_number_) {
    rotate();  // the segment may have just been replaced
    if (std::ranges::find(closing_, number, &Closing::number) == closing_.end()) return fail(failure);
  }
  const auto closed = std::ranges::find(closing_, number, &Closing::number);
  if (closed == closing_.end()) return;
  closing_.erase(closed);
  errors_.add();
  failure_ = failure;
  log_->error("a recording was not completed, but can be played: {}", failure.sentence);
  if (state_ == State::stopping && closing_.empty()) enter(State::off);
}

void Recorder::fail(const StoreFailure& failure) {
  errors_.add();
  const bool is_new = !failure_ || failure_->error != failure.error;
  failure_ = failure;
  subscription_.reset();
  sink_.reset();
  numbers_.clear();
  // A failed start request is answered and not retried.
  if (!pending_.empty()) requested_.reset();
  if (!is_wanted()) {
    log_->error("not recording: {}", failure.sentence);
    return enter(State::off);
  }
  const auto ran = std::chrono::duration_cast<Backoff::Duration>(Clock::now() - began_);
  const auto pause = backoff_.after_failure(state_ == State::recording ? ran : Backoff::Duration(0));
  log_->log(is_new ? LogLevel::error : LogLevel::debug, "not recording, to be tried again in {} s: {}",
            std::chrono::ceil<std::chrono::seconds>(pause).count(), failure.sentence);
  retry_timer_ = std::make_unique<Timer>(pause, Timer::Repeat::once, [this] { begin(); });
  enter(State::waiting);
}

void Recorder::enter(State state) {
  const bool was_recording = state_ == State::recording;
  state_ = state;
  recording_.add((state == State::recording ? 1 : 0) - (was_recording ? 1 : 0));
  disk_.watch(state == State::starting || state == State::recording || state == State::stopping);
  publish_state();
  if (state == State::starting || state == State::stopping) return;
  answer(report());
}

void Recorder::publish_state() {
  const bool with_reason = state_ == State::waiting || disk_.hangs();
  metrics_.state("recording", std::string(name_of(state_)) + (with_reason ? ": " + failure()->sentence : ""));
}

void Recorder::add_pending(Done done) {
  pending_.push_back(std::move(done));
  answer_timer_ = std::make_unique<Timer>(kAnswerTimeout, Timer::Repeat::once, [this] {
    Report timed_out = report();
    timed_out.failure = kDiskHangs;
    answer(timed_out);
  });
}

void Recorder::answer(const Report& report) {
  answer_timer_.reset();
  const auto pending = std::exchange(pending_, {});
  for (const Done& done : pending) done(report);
}

}  // namespace cs
