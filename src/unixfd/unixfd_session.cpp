// SPDX-License-Identifier: MIT
#include "unixfd/unixfd_session.hpp"

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "producer/capture_time.hpp"
#include "producer/peer_process.hpp"
#include "unixfd/unixfd_frame.hpp"

namespace cs {
namespace {

constexpr int kCommandsAtOnce = 64;
constexpr std::chrono::seconds kProblemStays{2};

Metric& dropped(Metrics& metrics, const char* reason) {
  return metrics.get("frames_dropped_total", {{"place", "source"}, {"reason", reason}});
}

}  // namespace

UnixFdSession::UnixFdSession(Fd socket, LatestPicture& picture, Metrics& metrics)
    : connection_(std::move(socket)),
      picture_(picture),
      shown_(metrics.get("producer_frames_total")),
      unchanged_(metrics.get("producer_frames_unchanged_total")),
      old_(dropped(metrics, "old-size")),
      skipped_(dropped(metrics, "newer-frame")),
      unwatched_(dropped(metrics, "no-viewers")),
      broken_(dropped(metrics, "broken-frame")),
      log_(make_log("source")),
      process_(peer_process(connection_.fd())) {}

std::string UnixFdSession::read(TimePoint now) {
  is_throttled_ = false;
  std::string end;
  for (int left = kCommandsAtOnce; left > 0 && end.empty(); --left) {
    if (!commands_.take(now)) {
      is_throttled_ = true;
      break;
    }
    auto received = connection_.receive();
    if (std::holds_alternative<UnixFdConnection::Nothing>(received)) break;
    if (std::holds_alternative<UnixFdConnection::Gone>(received))
      end = kProducerEnded;
    else if (const auto* wrong = std::get_if<ProducerError>(&received))
      end = wrong->sentence;
    else
      end = on(std::get<UnixFdConnection::Command>(std::move(received)), now);
  }
  if (newest_ && (pace_.allows(now, fps_) || end == kProducerEnded)) take_newest(now);
  if (end.empty() && is_blocked_)
    end = "it does not take its buffers back; it may send faster than it reads, as with sync=false";
  update_status(now);
  return end;
}

std::string UnixFdSession::on(UnixFdConnection::Command command, TimePoint now) {
  switch (static_cast<UnixFdCommand>(command.type)) {
    case UnixFdCommand::new_buffer:
      return on_buffer(std::move(command));
    case UnixFdCommand::caps:
      return on_caps(command.payload, now);
    case UnixFdCommand::eos:
      has_ended_ = true;
      return "";
    case UnixFdCommand::release_buffer:
      return "it sent RELEASE_BUFFER, which only a receiver sends";
  }
  return "";  // of a later version
}

std::string UnixFdSession::on_caps(std::span<const std::byte> payload, TimePoint now) {
  if (payload.empty() || payload.back() != std::byte{0}) return "its caps are no text";
  if (!changes_.take(now)) return "it changes its caps more than once a second";
  drop_newest(old_);
  caps_.reset();
  caps_problem_.clear();
  frame_problem_.reset();
  has_shown_ = false;
  const std::string_view text(reinterpret_cast<const char*>(payload.data()), payload.size() - 1);
  auto parsed = parse_unixfd_caps(text);
  if (const auto* error = std::get_if<ProducerError>(&parsed)) caps_problem_ = error->sentence;
  if (auto* caps = std::get_if<CapsFrames>(&parsed)) {
    caps_ = *caps;
    log_->info("{} sends {}x{}", name_, caps->frames.width, caps->frames.height);
  }
  return "";
}

std::string UnixFdSession::on_buffer(UnixFdConnection::Command command) {
  auto buffer = parse_unixfd_buffer(command.payload);
  if (!buffer) return "it sent a NEW_BUFFER that is too short or has no memory, or more than 16";
  has_ended_ = false;
  drop_newest(skipped_);
  newest_ = Waiting{.buffer = std::move(*buffer), .descriptors = std::move(command.descriptors)};
  if (!caps_)
    drop_newest(broken_);  // caps_problem_ says why
  else if (!is_watched_ && has_shown_)
    drop_newest(unwatched_);
  return "";
}

void UnixFdSession::take_newest(TimePoint now) {
  const Waiting frame = std::move(*std::exchange(newest_, std::nullopt));
  pace_.take(now, fps_);
  std::string problem = show(frame, now);
  release(frame.buffer.id);
  if (problem.empty()) {
    has_shown_ = true;
    ++frames_;
  } else {
    broken_.add();
    frame_problem_ = {std::move(problem), now};
  }
}

std::string UnixFdSession::show(const Waiting& frame, TimePoint now) {
  if (frame.buffer.type == static_cast<std::uint8_t>(UnixFdMemory::dmabuf)) return kSendsDmabuf;
  if (frame.buffer.type != static_cast<std::uint8_t>(UnixFdMemory::plain))
    return "sends frames in memory of an unknown kind";
  if (std::string problem = copy_unixfd_frame(frame.buffer, frame.descriptors, caps_->layout.bytes, memory_);
      !problem.empty())
    return problem;
  shown_.add();
  const TimePoint captured_at = capture_time(frame.buffer.pts, now);
  const ProducerFrames as_bgra = YuvToBgra::converted(caps_->frames);
  const bool is_new = YuvToBgra::is_needed(*caps_) ? picture_.take(as_bgra, gstreamer_layout(as_bgra),
                                                                   to_bgra_.convert(*caps_, memory_), captured_at)
                                                   : picture_.take(caps_->frames, caps_->layout, memory_, captured_at);
  if (!is_new) unchanged_.add();
  return "";
}

void UnixFdSession::drop_newest(Metric& reason) {
  if (!newest_) return;
  reason.add();
  release(newest_->buffer.id);
  newest_.reset();
}

void UnixFdSession::release(std::uint64_t id) {
  if (!connection_.release(id)) is_blocked_ = true;
}

void UnixFdSession::set_demand(bool is_watched, int fps) {
  if (is_watched != is_watched_) pace_ = FramePace();  // that of the time before does not count
  is_watched_ = is_watched;
  fps_ = fps;
  if (!is_watched && has_shown_) drop_newest(unwatched_);
}

void UnixFdSession::update_status(TimePoint now) {
  if (frame_problem_ && now - frame_problem_->since > kProblemStays) frame_problem_.reset();
  if (has_ended_)
    status_ = name_ + " has ended; waiting for the program that draws";
  else if (!caps_problem_.empty())
    status_ = name_ + " " + caps_problem_;
  else
    status_ = frame_problem_ ? name_ + " " + frame_problem_->sentence : "";
}

}  // namespace cs
