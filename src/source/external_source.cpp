// SPDX-License-Identifier: MIT
#include "source/external_source.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "source/producer_session.hpp"
#include "unixfd/unixfd_session.hpp"

namespace cs {
namespace {

constexpr std::chrono::seconds kIdleTick{1};            // heartbeat interval without viewers
constexpr std::chrono::milliseconds kRepeatEvery{500};  // a picture that does not change
constexpr std::chrono::milliseconds kHold{500};         // wait of the first viewer for a picture that is not old
constexpr const char* kNoProducer = "waiting for the program that draws";

Fd event() {
  Fd fd(eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC));
  if (fd.get() < 0) throw StartupError(std::string("cannot create an eventfd: ") + std::strerror(errno));
  return fd;
}

void signal(const Fd& event) {
  eventfd_write(event.get(), 1);
}

}  // namespace

ExternalSource::ExternalSource(ExternalSourceConfig config, FrameSink& sink, Demand& demand, Loop& loop,
                               Metrics& metrics)
    : config_(std::move(config)),
      log_(make_log("source")),
      sink_(sink),
      demand_(demand),
      loop_(loop),
      metrics_(metrics),
      connected_(metrics.get("producer_connected")),
      heartbeat_(metrics.heartbeat(Heartbeat::Kind::thread, "source")),
      wake_(event()),
      no_reports_(metrics),
      no_input_(metrics),
      input_(config_.input != nullptr ? *config_.input : no_input_),
      picture_(config_.size, sink, metrics, config_.can_stream),
      refused_(log_, metrics),
      due_(started_at_),
      reported_{.size = config_.size},
      texts_lost_(metrics.get("queue_refusals_total", {{"queue", "producer-messages"}})),
      alive_(std::make_shared<ExternalSource*>(this)) {
  if (config_.unixfd) connector_.emplace(*config_.unixfd);
  demand_.set_listener([this](Demand::Level) { signal(wake_); });
  input_.set_wake([this] { signal(wake_); });
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

ExternalSource::~ExternalSource() {
  demand_.set_listener(nullptr);
  input_.set_wake({});
  thread_.request_stop();
  signal(wake_);
}

void ExternalSource::run(const std::stop_token& stop) {
  enter_thread(ThreadRole::render, "source");
  try {
    while (!stop.stop_requested()) {
      heartbeat_.tick();
      connect_one(Clock::now());
      const TimePoint now = Clock::now();
      follow_demand(now);
      if (is_live_ && now >= due_) {
        // The next deadline follows from the last one, unless that is long past.
        const auto period = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(1.0 / fps()));
        due_ = std::max(due_ + period, now - period);
        if (producer_) producer_->request(due_);
        deliver(now);
      }
      if (producer_) producer_->on_input(now);
      discard_input();
      report_state();
      wait(is_live_ ? due_ : now + kIdleTick);
    }
  } catch (const std::exception& error) {
    loop_.fail(std::string("taking frames failed: ") + error.what());
  }
  if (producer_) producer_->stop();
  producer_.reset();
}

void ExternalSource::follow_demand(TimePoint now) {
  const bool is_live = demand_.level() == Demand::Level::live;
  if (producer_) producer_->set_demand(is_live, is_live ? fps() : config_.fps);
  // The picture may be old, as there were no viewers.
  if (is_live && !is_live_) due_ = now;  // it may be far ahead: the rate was that of no viewers
  if (is_live && !is_live_ && producer_) hold_ = Hold{.frames = producer_->frames(), .until = now + kHold};
  is_live_ = is_live;
}

void ExternalSource::wait(TimePoint until) {
  if (connector_ && !producer_) until = std::min(until, connector_->due());
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  std::array<pollfd, 3 + RefusedProducers::kMost> watched = {{{wake_.get(), POLLIN, 0},
                                                              {may_accept() ? config_.listener.get() : -1, POLLIN, 0},
                                                              {producer_ ? producer_->fd() : -1, POLLIN, 0}}};
  const auto refused = refused_.fds();
  for (std::size_t i = 0; i < refused.size(); ++i) watched.at(3 + i) = {refused.at(i), POLLIN, 0};
  if (poll(watched.data(), watched.size(), static_cast<int>(std::clamp<std::int64_t>(left, 0, 1000))) < 0) return;
  if (watched[0].revents != 0) {
    eventfd_t count = 0;
    eventfd_read(wake_.get(), &count);
  }
  if (producer_) read_producer();
  if (watched[1].revents != 0) accept_one();
  refused_.close_finished(Clock::now());
}

bool ExternalSource::may_accept() {
  if (!has_connection_token_) has_connection_token_ = connections_.take(Clock::now());
  return has_connection_token_;
}

void ExternalSource::accept_one() {
  has_connection_token_ = false;
  Fd socket(accept4(config_.listener.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (socket.get() < 0) return;
  ProducerConnection connection(std::move(socket));
  if (producer_) {
    refused_.refuse(std::move(connection),
                    "another program is connected already: " + producer_->name() + " (" + producer_->process() + ")",
                    Clock::now());
    return;
  }
  producer_ = std::make_unique<ProducerSession>(
      std::move(connection),
      ProducerSession::Config{.size = config_.size, .started_at = started_at_, .needs_picture = !has_picture_},
      picture_, ProducerInput(input_, config_.reports != nullptr ? *config_.reports : no_reports_), sizes_, metrics_);
  on_connected();
}

void ExternalSource::connect_one(TimePoint now) {
  if (!connector_ || producer_) return;
  Fd socket = connector_->connect(now);
  if (socket.get() < 0) return;
  producer_ = std::make_unique<UnixFdSession>(std::move(socket), picture_, metrics_);
  on_connected();
}

void ExternalSource::on_connected() {
  connected_.add();
  connected_at_ = Clock::now();
  log_->info("{} ({}) is connected", producer_->name(), producer_->process());
}

void ExternalSource::read_producer() {
  const TimePoint now = Clock::now();
  std::string why;
  try {
    why = producer_->read(now);
  } catch (const std::exception& error) {
    why = std::string("its frames cannot be shown: ") + error.what();  // no memory for their size
    producer_->stop();
  }
  has_picture_ |= producer_->has_shown();
  if (producer_->take_keyframe_wish()) sink_.request_keyframe();
  if (!why.empty()) {
    log_->warn("{} ({}) is gone: {}", producer_->name(), producer_->process(), why);
    ended_ = producer_->name() + " has ended" + (why == kProducerEnded ? "" : ": " + why);
    if (connector_) connector_->ended(now, why != kProducerEnded);
    producer_.reset();
    connected_.add(-1);
  }
  if (picture_.is_new() && is_live_) deliver(now);  // at once
  report_texts();
}

void ExternalSource::deliver(TimePoint now) {
  if (hold_ && (!producer_ || producer_->frames() != hold_->frames || now >= hold_->until)) hold_.reset();
  if (hold_) return;
  if (!picture_.is_new() && now - picture_.delivered_at() < kRepeatEvery && !sink_.needs_frame()) return;
  picture_.deliver(config_.stamps_always || (config_.stamps_if_wanted && demand_.stamp_wanted()), now);
}

SourceState ExternalSource::state(TimePoint now) const {
  const auto waiting = [&](std::string sentence) {
    return SourceState{false, std::move(sentence), picture_.stream_size()};
  };
  if (!producer_) return waiting(ended_.empty() ? kNoProducer : ended_ + "; " + kNoProducer);
  const bool is_silent = producer_->is_silent(now);
  if (!producer_->status().empty())
    return {producer_->has_shown() && !is_silent, producer_->status(), picture_.stream_size()};
  if (is_silent) return waiting(producer_->name() + " does not answer; waiting for it");
  const bool is_new = now - connected_at_ < kHold || hold_;
  if (is_live_ && !is_new && !producer_->has_shown()) return waiting(producer_->name() + " has not drawn yet");
  return {true, "", picture_.stream_size()};
}

/// Input that no program wants: it must not wait for the next one.
void ExternalSource::discard_input() {
  if (producer_ && producer_->wish().kinds != 0) return;
  static_cast<void>(input_.take());
  if (!producer_) static_cast<void>(input_.take_messages());
}

void ExternalSource::report_texts() {
  if (!producer_) return;
  for (std::string& json : producer_->take_texts()) {
    if (!texts_.take(Clock::now())) {
      texts_lost_.add();
      continue;
    }
    loop_.post_result_to(std::weak_ptr<ExternalSource*>(alive_),
                         [json = std::move(json)](ExternalSource* self) { self->config_.on_text(json); });
  }
}

int ExternalSource::fps() const {
  return std::max(sink_.fps(), 1);
}

void ExternalSource::report_state() {
  const TimePoint time = Clock::now();
  SourceState now = state(time);
  if (producer_) now.input = producer_->wish();
  if (now == reported_) return;
  // A cursor changes more often than what viewers read.
  const bool is_input_alone = now.input != reported_.input && now.sentence == reported_.sentence &&
                              now.is_ready == reported_.is_ready && now.size == reported_.size;
  if (!(is_input_alone ? wishes_ : reports_).take(time)) return;
  if (!now.sentence.empty() && now.sentence != reported_.sentence) log_->info("{}", now.sentence);
  reported_ = now;
  loop_.post_result_to(std::weak_ptr<ExternalSource*>(alive_),
                       [now](ExternalSource* self) { self->config_.on_state(now); });
}

}  // namespace cs
