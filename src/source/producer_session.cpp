// SPDX-License-Identifier: MIT
#include "source/producer_session.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "base/error.hpp"
#include "log/plain_text.hpp"
#include "producer/capture_time.hpp"

namespace cs {
namespace {

constexpr int kMessagesAtOnce = 64;
constexpr std::size_t kMostName = 63;
constexpr int kUnwatchedFps = 1;
constexpr std::size_t kMostTexts = 64;
constexpr std::uint32_t kNoSequence = 0xffff'ffff;  // one more is 0: CONFIG answers no message
constexpr std::chrono::seconds kSilentAfter{2};

std::uint64_t nanoseconds(TimePoint time) {
  return static_cast<std::uint64_t>(std::chrono::nanoseconds(time.time_since_epoch()).count());
}

/// Text of the producer as one line of UTF-8 for log, page and /readyz, at most `most` bytes.
std::string one_line(std::string_view text, std::size_t most) {
  std::string line = plain_text(text);
  if (line.size() <= most) return line;
  while (most > 0 && (static_cast<unsigned char>(line[most]) & 0xc0U) == 0x80) --most;  // not within a character
  line.resize(most);
  return line;
}

}  // namespace

ProducerSession::ProducerSession(ProducerConnection connection, const Config& config, LatestPicture& picture,
                                 ProducerInput input, SizeLimit& sizes, Metrics& metrics)
    : connection_(std::move(connection)),
      config_(config),
      picture_(picture),
      input_(std::move(input)),
      sizes_(sizes),
      shown_(metrics.get("producer_frames_total")),
      unchanged_(metrics.get("producer_frames_unchanged_total")),
      old_(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "old-size"}})),
      skipped_(metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", "newer-frame"}})),
      texts_lost_(metrics.get("queue_refusals_total", {{"queue", "producer-messages"}})),
      log_(make_log("source")),
      process_(connection_.peer()),
      connected_at_(Clock::now()),
      needs_picture_(config.needs_picture) {}

ProducerSession::~ProducerSession() {
  free_slots();
}

std::string ProducerSession::read(TimePoint now) {
  std::string end = read_messages(now);
  if (end.empty()) end = answer_wish(now);
  // A frame of the last moment counts too, unless the producer broke a rule.
  const int most = is_watched_ ? fps_ : kUnwatchedFps;
  if (newest_ && (end == kProducerEnded || (end.empty() && pace_.allows(now, most)))) {
    pace_.take(now, most);
    take_newest(now);
  }
  if (end.empty() && is_late_ && !requested_at_) request(now);  // at once: it is slower than the stream
  return end;
}

std::string ProducerSession::read_messages(TimePoint now) {
  for (int left = kMessagesAtOnce; left > 0; --left) {
    const auto received = connection_.receive();
    if (std::holds_alternative<ProducerConnection::Nothing>(received)) break;
    if (std::holds_alternative<ProducerConnection::Gone>(received)) return kProducerEnded;
    std::string error = handle(received, now);
    if (error.empty()) continue;
    end(ProducerErrorCode::rule_broken, error);
    return error;
  }
  if (is_blocked_) return "it does not read its messages";
  if (!has_greeted_ && now - connected_at_ > config_.greet_within) {
    const std::string late = "it sent no HELLO in time";
    end(ProducerErrorCode::rule_broken, late);
    return late;
  }
  return "";
}

std::string ProducerSession::handle(const ProducerConnection::Received& received, TimePoint now) {
  if (const auto* wrong = std::get_if<ProducerError>(&received)) return wrong->sentence;
  if (!messages_.take(now)) return "it sends more than 500 messages a second";
  std::string error = std::visit([&](const auto& message) { return on(message); }, std::get<ProducerMessage>(received));
  return error.empty() ? answer_wish(now) : error;
}

std::string ProducerSession::on(const ProducerHello& hello) {
  if (std::exchange(has_greeted_, true)) return "it sent HELLO twice";
  if (!hello.name.empty()) name_ = one_line(hello.name, kMostName);
  most_fps_ = hello.most_fps;
  if (most_fps_ > 0) fps_ = std::min(fps_, most_fps_);
  send(writer_.hello(fps_));
  wish_ = ProducerWish{.wish = hello.wish, .sequence = kNoSequence};
  return "";
}

std::string ProducerSession::on(const ProducerWish& wish) {
  if (!has_greeted_) return "its first message is not HELLO";
  wish_ = wish;
  return "";
}

std::string ProducerSession::answer_wish(TimePoint now) {
  if (!wish_ || !sizes_.take(now, sized(wish_->wish))) return "";
  const ProducerWish wish = *std::exchange(wish_, std::nullopt);
  const bool is_first = !slots_;
  std::string error = configure(wish.wish, wish.sequence + 1);
  if (is_first && error.empty()) send(writer_.demand(is_watched_, fps_));
  return error;
}

ProducerFrames ProducerSession::sized(ProducerFrames wish) const {
  if (wish.width != 0) return wish;
  wish.width = config_.size.width;
  wish.height = config_.size.height;
  return wish;
}

std::string ProducerSession::configure(ProducerFrames wish, std::uint32_t answers) {
  wish = sized(wish);
  requested_at_.reset();
  if (std::exchange(newest_, std::nullopt)) old_.add();
  pace_ = FramePace();
  free_slots();
  try {
    slots_ = std::make_unique<FrameSlots>(++generation_, wish);
  } catch (const StartupError& error) {
    end(ProducerErrorCode::busy, error.what());  // it may try again
    return error.what();
  }
  const auto descriptors = slots_->descriptors();
  send(writer_.config(generation_, wish, fps_, answers));
  if (!connection_.send(writer_.buffers(generation_), descriptors)) is_blocked_ = true;
  log_->info("{} ({}) sends {}x{}", name_, process_, wish.width, wish.height);
  return "";
}

std::string ProducerSession::on(const ProducerFrame& frame) {
  if (!has_greeted_) return "its first message is not HELLO";
  if (!slots_ || frame.generation != generation_) {  // also before the first CONFIG
    old_.add();
    return "";
  }
  if (frame.request > requests_) return "it answers a request that was not sent";
  if (!frame.is_unchanged && frame.slot >= kFrameSlots) return "slot " + std::to_string(frame.slot) + " does not exist";
  if (requested_at_ && (frame.request == requests_ || frame.request == 0)) requested_at_.reset();
  wants_keyframe_ |= frame.wants_keyframe;
  if (newest_ && frame.is_unchanged) {  // it repeats the one that waits
    shown_.add();
    unchanged_.add();
    if (!needs_picture_ || !newest_->is_unchanged) ++frames_;
    return "";
  }
  if (newest_) {
    skipped_.add();
    if (!newest_->is_unchanged) send(writer_.release(generation_, newest_->slot));
  }
  newest_ = frame;
  if (!frame.is_unchanged || !needs_picture_) status_.clear();  // not when it is taken: a later STATUS stays
  return "";
}

void ProducerSession::take_newest(TimePoint now) {
  const ProducerFrame frame = *std::exchange(newest_, std::nullopt);
  shown_.add();
  const TimePoint captured_at = capture_time(frame.captured_at, now);
  const bool is_new =
      !frame.is_unchanged && picture_.take(slots_->frames(), slots_->layout(), slots_->memory(frame.slot), captured_at);
  input_.answered(frame.request, captured_at, now, is_new);
  if (!is_new) unchanged_.add();
  if (!frame.is_unchanged) {
    needs_picture_ = false;
    send(writer_.release(generation_, frame.slot));
  }
  if (!needs_picture_) ++frames_;  // otherwise nothing could be unchanged; the next request says so again
}

std::string ProducerSession::on(const ProducerStatus& status) {
  if (!has_greeted_) return "its first message is not HELLO";
  status_ = one_line(status.text, kMaxStatusText);
  if (status.percent >= 0 && !status_.empty()) status_ += ", " + std::to_string(status.percent) + " %";
  return "";
}

std::string ProducerSession::on(const ProducerWants& wants) {
  if (!has_greeted_) return "its first message is not HELLO";
  input_.set_wish(wants.wish);
  return "";
}

std::string ProducerSession::on(const ProducerText& text) {
  if (!has_greeted_) return "its first message is not HELLO";
  if (texts_.size() < kMostTexts)
    texts_.push_back(text.json);
  else
    texts_lost_.add();
  return "";
}

std::string ProducerSession::on(const ProducerUnknown& /*unknown*/) {
  return has_greeted_ ? "" : "its first message is not HELLO";
}

void ProducerSession::set_demand(bool is_watched, int fps) {
  if (most_fps_ > 0) fps = std::min(fps, most_fps_);
  if (is_watched == is_watched_ && fps == fps_) return;
  if (is_watched != is_watched_) {
    pace_ = FramePace();  // that of the time before does not count
    watched_since_ = Clock::now();
    is_late_ = false;
  }
  is_watched_ = is_watched;
  fps_ = fps;
  if (slots_) send(writer_.demand(is_watched, fps));
}

void ProducerSession::request(TimePoint due) {
  if (!slots_ || !is_watched_ || slots_->frames().mode != ProducerMode::pull) return;
  is_late_ = requested_at_.has_value();
  const TimePoint now = Clock::now();
  if (is_late_ || (most_fps_ > 0 && !request_pace_.allows(now, most_fps_))) return;
  request_pace_.take(now, fps_);
  send(writer_.request({.number = ++requests_,
                        .deadline = nanoseconds(due),
                        .time = std::chrono::duration<double>(now - config_.started_at).count(),
                        .generation = generation_,
                        .width = slots_->frames().width,
                        .height = slots_->frames().height,
                        .is_moving = true,
                        .needs_picture = needs_picture_,
                        .input = input_.take(requests_, now)}));
  requested_at_ = now;
}

void ProducerSession::on_input(TimePoint now) {
  if (!slots_) return;
  for (const std::string& json : input_.take_messages()) send(writer_.text(json));
  if (slots_->frames().mode == ProducerMode::pull && is_watched_) return;
  do {
    const auto events = input_.take(0, now);
    if (events.count > 0) send(writer_.input(events));
  } while (input_.has_more());
}

bool ProducerSession::is_silent(TimePoint now) const {
  return is_watched_ && requested_at_ && now - std::max(*requested_at_, watched_since_) > kSilentAfter;
}

void ProducerSession::stop() {
  end(ProducerErrorCode::stopping, "the daemon stops");
  slots_.reset();
}

void ProducerSession::free_slots() {
  if (slots_) slots_->free_pages();
  slots_.reset();
}

void ProducerSession::end(ProducerErrorCode code, const std::string& sentence) {
  if (std::exchange(is_ended_, true)) return;
  send(writer_.error(code, sentence));
  connection_.stop_receiving();
}

void ProducerSession::send(const ProducerMessageWriter::Message& message) {
  if (!connection_.send(message)) is_blocked_ = true;
}

}  // namespace cs
