// SPDX-License-Identifier: MIT
#include "record/recorder.hpp"

#include <utility>

#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kFinishTimeout{1000};
constexpr std::chrono::seconds kAnswerTimeout{8};  // the HTTP server waits for 10 s

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
    : mode_(config.mode),
      metrics_(metrics),
      log_(make_log("record")),
      recording_(metrics.get("recording")),
      errors_(metrics.get("recording_errors_total")),
      backoff_(config.pause),
      disk_(store.disk(), config.hang, metrics, [this] { publish_state(); }),
      segmenter_(config.segment, channel, store, *this, loop, metrics) {
  publish_state();
  update();
}

Recorder::~Recorder() {
  if (!finished_) finish();
  segmenter_.wait_for_end(deadline_);
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
  return {.state = state_, .position = segmenter_.position(), .failure = failure()};
}

std::optional<StoreFailure> Recorder::failure() const {
  return disk_.hangs() ? std::optional(kDiskHangs) : failure_;
}

bool Recorder::is_wanted() const {
  const bool by_itself = mode_ == RecordMode::on || (mode_ == RecordMode::viewers && has_viewers_);
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
  began_ = Clock::now();
  if (const auto failure = segmenter_.begin()) return on_failed(*failure);
  enter(State::starting);
}

void Recorder::end() {
  segmenter_.end();
  enter(segmenter_.is_closing() ? State::stopping : State::off);
}

void Recorder::on_recording() {
  failure_.reset();
  enter(State::recording);
}

void Recorder::on_closed(const std::optional<StoreFailure>& failure) {
  if (failure) {
    errors_.add();
    failure_ = failure;
    log_->error("a recording was not completed, but can be played: {}", failure->sentence);
  }
  if (state_ == State::stopping && !segmenter_.is_closing()) enter(State::off);
}

void Recorder::on_failed(const StoreFailure& failure) {
  errors_.add();
  const bool is_new = !failure_ || failure_->error != failure.error;
  failure_ = failure;
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
