// SPDX-License-Identifier: MIT
#include "record/recorder.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"

namespace cs {
namespace {

constexpr std::chrono::milliseconds kFinishWithin{1000};
constexpr std::chrono::seconds kLookEvery{10};
constexpr int kLooksToSeeAHang = 5;
constexpr std::size_t kMostClosing = 4;           // files that the disk has yet to complete
constexpr std::chrono::seconds kAnswerWithin{8};  // the HTTP server waits for 10 s

/// One file is at most this part of all, so that deleting the oldest leaves others.
constexpr std::uint64_t kLeastFiles = 4;

const StoreFailure kHangs = {ETIMEDOUT, "the disk of CS_RECORD_DIR does not answer"};
constexpr std::string_view kAnswers = "the disk of CS_RECORD_DIR answers again";

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
      skipped_(metrics.get("recording_frames_skipped_total")),
      pause_(config.pause),
      changes_([this] { change(); }) {
  metrics_.state("recording", std::string(name_of(state_)));
  follow();
}

Recorder::~Recorder() {
  if (!finished_) finish();
  for (const Closing& each : closing_) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now());
    if (!each.segment->wait_for_end(std::max(left, std::chrono::milliseconds(0))))
      log_->warn("{} was not completed in time; it can be played all the same", each.segment->name());
  }
}

void Recorder::watched(bool watched) {
  watched_ = watched;
  follow();
}

void Recorder::start(Done done) {
  assert_on(ThreadRole::main);
  word_ = true;
  if (state_ == State::recording) return done(report());
  answer_later(std::move(done));
  follow();
}

void Recorder::stop(Done done) {
  assert_on(ThreadRole::main);
  word_ = false;
  answer_later(std::move(done));
  follow();
  if (state_ == State::off) enter(State::off);
}

void Recorder::finish() {
  finished_ = true;
  deadline_ = Clock::now() + kFinishWithin;
  follow();
}

Recorder::Report Recorder::report() const {
  return {.state = state_, .position = sink_ ? sink_->position() : std::nullopt, .failure = failure()};
}

std::optional<StoreFailure> Recorder::failure() const {
  return disk_hangs_ ? std::optional(kHangs) : failure_;
}

bool Recorder::is_wanted() const {
  const bool by_itself = config_.mode == RecordMode::on || (config_.mode == RecordMode::viewers && watched_);
  return !finished_ && word_.value_or(by_itself);
}

void Recorder::follow() {
  if (is_wanted()) {
    // Who asks while it waits wants to know now.
    if (state_ == State::off || state_ == State::stopping || (state_ == State::waiting && word_)) begin();
  } else if (state_ == State::starting || state_ == State::recording) {
    end();
  } else if (state_ == State::waiting) {
    retry_.reset();
    enter(State::off);
  }
}

void Recorder::begin() {
  retry_.reset();
  if (closing_.size() >= kMostClosing)
    return fail({EBUSY, "the files before this one are not completed: does the disk of CS_RECORD_DIR hang?"});
  first_number_ = last_number_ + 1;
  began_ = Clock::now();
  try {
    sink_ = std::make_unique<RecorderSink>(
        SegmentClock::Limits{.length = config_.segment, .bytes = store_.config().max_bytes / kLeastFiles},
        RecorderSink::Handlers{.request_keyframe = channel_.broadcast->keyframe_requester(),
                               .on_change = [this] { changes_.wake(); }},
        metrics_);
    sink_->stand_by(make_segment());
    subscription_ = channel_.broadcast->subscribe(*sink_, [this](const std::string& why) {
      wind_up();
      fail({EIO, "there are no pictures to record: " + why});
    });
  } catch (const StartupError& error) {
    return fail({EIO, error.what()});
  }
  look_ = std::make_unique<Timer>(kLookEvery, Timer::Repeat::forever, [this] { look_for_losses(); });
  enter(State::starting);
  subscription_->start();
}

void Recorder::end() {
  wind_up();
  enter(closing_.empty() ? State::off : State::stopping);
}

void Recorder::wind_up() {
  subscription_.reset();
  change();
  if (auto last = sink_->finish()) closing_.push_back({numbers_.at(last.get()), std::move(last)});
  sink_.reset();
  numbers_.clear();
  look_.reset();
}

void Recorder::change() {
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
  log_->info("{} {}/{}", state_ == State::starting ? "recording to" : "going on in", store_.config().directory,
             position ? position->file : "");
  if (state_ != State::starting) return;
  failure_.reset();
  enter(State::recording);
}

void Recorder::on_end(unsigned number) {
  change();  // it may have been left and ended before we looked
  const auto closed = std::ranges::find(closing_, number, &Closing::number);
  if (closed == closing_.end()) return;
  log_->info("completed {}, {:.1f} MB", closed->segment->name(), static_cast<double>(closed->segment->bytes()) / 1e6);
  closing_.erase(closed);
  if (state_ == State::stopping && closing_.empty()) enter(State::off);
}

void Recorder::on_error(unsigned number, const StoreFailure& failure) {
  if (sink_ && number >= first_number_) {
    change();  // it may have been left in this moment
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
  const bool is_news = !failure_ || failure_->error != failure.error;
  failure_ = failure;
  subscription_.reset();
  sink_.reset();
  numbers_.clear();
  look_.reset();
  // Who asked for it hears of it, and that is all: it was not meant for later.
  if (!dones_.empty()) word_.reset();
  if (!is_wanted()) {
    log_->error("not recording: {}", failure.sentence);
    return enter(State::off);
  }
  const auto ran = std::chrono::duration_cast<Backoff::Duration>(Clock::now() - began_);
  const auto pause = pause_.after_failure(state_ == State::recording ? ran : Backoff::Duration(0));
  log_->log(is_news ? LogLevel::error : LogLevel::debug, "not recording, to be tried again in {} s: {}",
            std::chrono::ceil<std::chrono::seconds>(pause).count(), failure.sentence);
  retry_ = std::make_unique<Timer>(pause, Timer::Repeat::once, [this] { begin(); });
  enter(State::waiting);
}

void Recorder::enter(State state) {
  const bool was_recording = state_ == State::recording;
  state_ = state;
  recording_.add((state == State::recording ? 1 : 0) - (was_recording ? 1 : 0));
  const bool has_files = state == State::starting || state == State::recording || state == State::stopping;
  if (!has_files) {
    disk_look_.reset();
    if (std::exchange(disk_hangs_, false) && store_.disk().busy_for() < config_.hang) log_->info("{}", kAnswers);
  } else if (!disk_look_) {
    disk_look_ =
        std::make_unique<Timer>(config_.hang / kLooksToSeeAHang, Timer::Repeat::forever, [this] { look_at_disk(); });
  }
  state_it();
  if (state == State::starting || state == State::stopping) return;
  answer(report());
}

void Recorder::state_it() {
  const bool with_why = state_ == State::waiting || disk_hangs_;
  metrics_.state("recording", std::string(name_of(state_)) + (with_why ? ": " + failure()->sentence : ""));
}

void Recorder::look_at_disk() {
  const bool hangs = store_.disk().busy_for() >= config_.hang;
  if (hangs == std::exchange(disk_hangs_, hangs)) return;
  if (hangs) {
    errors_.add();
    log_->error("not writing: {}; pictures wait for it until they are too many", kHangs.sentence);
  } else {
    log_->info("{}", kAnswers);
  }
  state_it();
}

void Recorder::answer_later(Done done) {
  dones_.push_back(std::move(done));
  timeout_ = std::make_unique<Timer>(kAnswerWithin, Timer::Repeat::once, [this] {
    Report without_answer = report();
    without_answer.failure = kHangs;
    answer(without_answer);
  });
}

void Recorder::answer(const Report& report) {
  timeout_.reset();
  const auto dones = std::exchange(dones_, {});
  for (const Done& done : dones) done(report);
}

void Recorder::look_for_losses() {
  const std::int64_t skips = skipped_.value();
  const std::int64_t lost = skips - std::exchange(skips_seen_, skips);
  if (lost > 0) log_->warn("the disk is too slow: at least {} pictures were not recorded", lost);
}

}  // namespace cs
