// SPDX-License-Identifier: MIT
#include "encode/stream_encoder.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "encoder/encoder_probe.hpp"

namespace cs {
namespace {

/// Probes an encoder. A hardware encoder is probed in a subprocess first; if it passes, also in this process, so that
/// its libraries are loaded and its device is open before the first viewer connects.
ProbeResult probe(const EncoderRow& row, const Stream& stream, const std::string& program) {
  if (row.kind == EncoderKind::hardware)
    if (ProbeResult apart = probe_encoder_in_subprocess(row, program); !apart.failure.empty()) return apart;
  return probe_encoder(row, stream);
}

std::string no_encoder_message(const Candidates& candidates, const std::string& refusals) {
  std::string sentence = "no encoder works: " + refusals;
  if (!candidates.absent.empty()) sentence += "; " + candidates.absent;
  return sentence + (candidates.by_name ? "; set CS_ENCODER=auto" : "");
}

/// How long the metric encoder_gave_up stays set. The next viewer's attempt may still succeed.
constexpr std::chrono::seconds kGaveUpTime{30};

}  // namespace

StreamEncoder::StreamEncoder(Config config, Demand& demand, Handlers handlers, FrameDistributor& distributor,
                             Loop& loop, Metrics& metrics)
    : config_(std::move(config)),
      name_(config_.name.empty() ? std::string(encoding_name(config_.stream.codec)) : config_.name),
      demand_(demand),
      handlers_(std::move(handlers)),
      frames_(distributor),
      loop_(loop),
      metrics_(metrics),
      log_(make_log("encoder")),
      counts_(config_.stream, metrics),
      heartbeat_(metrics.heartbeat(Heartbeat::Kind::encoder, name_)),
      frame_heartbeat_(metrics.heartbeat(Heartbeat::Kind::frames, name_)),
      encode_(metrics.stage("encode")),
      stream_(config_.stream),
      rows_(config_.candidates.rows),
      pacer_(kKeyframeInterval),
      format_(config_.stream.format),
      size_(config_.stream.format.size) {
  frames_.join(*this);
  demand_.set_listener([this](Demand::Level level) { on_demand(level); });
}

StreamEncoder::~StreamEncoder() {
  demand_.set_listener(nullptr);
  frames_.leave(*this);
  drop();
}

void StreamEncoder::warm_up() {
  std::string refusals;
  while (!rows_.empty()) {
    const ProbeResult result = probe(row(), config_.stream, config_.program);
    if (result.failure.empty()) break;
    log_->warn("encoder \"{}\" does not work: {}", row().factory, result.failure);
    refusals += (refusals.empty() ? "" : "; ") + std::string(row().factory) + " was refused: " + result.failure;
    rows_.erase(rows_.begin());
  }
  if (rows_.empty()) throw StartupError(no_encoder_message(config_.candidates, refusals));
  // If a driver fails in mid-stream, the other hardware encoders, which were not probed, are no safe fallback.
  rows_.erase(std::remove_if(rows_.begin() + 1, rows_.end(),
                             [](const EncoderRow* behind) { return behind->kind == EncoderKind::hardware; }),
              rows_.end());
  std::string why = config_.candidates.by_name ? "selected by CS_ENCODER" : "the first of the table that works";
  for (const std::string& part : {config_.candidates.absent, refusals})
    if (!part.empty()) why += "; " + part;
  state_row(why);
  const auto& [size, fps] = config_.stream.format;
  log_->info("{} by {}, {}x{} at {} frames per second, {} kbit/s: {}", encoding_name(config_.stream.codec),
             row().factory, size.width, size.height, fps, config_.stream.bitrate_kbps, why);
}

void StreamEncoder::set_bitrate(int kbps) {
  assert_on(ThreadRole::main);
  counts_.set_target(kbps);
  stream_.bitrate_kbps = kbps;
  if (encoder_) encoder_->set_bitrate(kbps);
}

void StreamEncoder::state_row(const std::string& why) {
  metrics_.state("encoder", std::string(row().factory), name_);
  metrics_.state("encoder_reason", why, name_);
}

void StreamEncoder::on_demand(Demand::Level level) {
  if (level == Demand::Level::live)
    frame_heartbeat_.tick();
  else
    frame_heartbeat_.rest();
  if (level == Demand::Level::none)
    drop();
  else if (!encoder_)
    build();
  frames_.follow();
}

void StreamEncoder::build() {
  assert_on(ThreadRole::main);
  const unsigned generation = ++generation_;
  // The encoder may still be inside this callback, so recovery runs in the next turn of the loop.
  const auto on_error = [this, generation](const std::string& what) {
    loop_.post_result([this, generation, what] { recover(generation, what); });
  };
  try {
    auto encoder = std::make_unique<Encoder>(
        row(), stream_, [this](const AccessUnit& unit) { on_unit(unit); }, on_error);
    demand_.request_keyframe(KeyframeCause::start);
    counts_.alive.add();
    log_->debug("{} started", row().factory);
    const std::lock_guard lock(mutex_);
    encoder_ = std::move(encoder);
    takes_frames_ = stream_.format.size == size_;
  } catch (const StartupError& error) {
    on_error(error.what());
  }
}

void StreamEncoder::on_unit(const AccessUnit& unit) {
  if (const auto time = stopwatch_.read(unit.captured_at, Clock::now())) encode_.add(*time);
  heartbeat_.rest();
  frame_heartbeat_.tick_if_due();
  counts_.count(unit);
  handlers_.on_unit(unit);
}

void StreamEncoder::drop() {
  assert_on(ThreadRole::main);
  std::unique_ptr<Encoder> last;
  {
    const std::lock_guard lock(mutex_);
    last = std::move(encoder_);
    takes_frames_ = false;
  }
  if (!last) return;
  last.reset();  // outside the lock: it waits for the encoder's threads
  heartbeat_.rest();
  counts_.alive.add(-1);
  log_->debug("{} stopped", row().factory);
}

void StreamEncoder::recover(unsigned generation, const std::string& what) {
  if (generation != generation_ || demand_.level() == Demand::Level::none) return;
  counts_.errors.add();
  const std::string failed(row().factory);
  drop();
  switch (recovery_.on_error(Clock::now(), rows_.size() > 1)) {
    case Recovery::Step::rebuild:
      counts_.restarts.add();
      log_->warn("{} failed, restarting it: {}", failed, what);
      return build();
    case Recovery::Step::next_row:
      rows_.erase(rows_.begin());
      state_row("it replaced " + failed + ", which failed: " + what);
      counts_.restarts.add();
      log_->warn("{} failed again, switching to {}: {}", failed, row().factory, what);
      return build();
    case Recovery::Step::give_up:
      ++generation_;
      give_up();
      log_->error("{} failed again and no other encoder is left: {}", failed, what);
      return handlers_.on_failed(
          "the server's video encoder failed; try again, or contact its administrator if this persists");
  }
}

void StreamEncoder::give_up() {
  if (!gave_up_timer_) counts_.gave_up.add();
  gave_up_timer_ = std::make_unique<Timer>(kGaveUpTime, Timer::Repeat::once, [this] {
    gave_up_timer_.reset();
    counts_.gave_up.add(-1);
  });
}

void StreamEncoder::resize(Size size) {
  if (size == format_.size) return;
  format_.size = size;
  {
    const std::lock_guard lock(mutex_);
    size_ = size;
    takes_frames_ = false;
  }
  loop_.post_result([this] { follow_size(); });
}

void StreamEncoder::follow_size() {
  assert_on(ThreadRole::main);
  {
    const std::lock_guard lock(mutex_);
    // Twice if it changed again in between, or if it changed back.
    if (stream_.format.size == size_ && (takes_frames_ || !encoder_)) return;
    stream_.format.size = size_;
  }
  if (!encoder_) return;
  log_->debug("the scene has another size: {} continues at {}", name_, text_of(stream_.format.size));
  drop();
  build();
}

bool StreamEncoder::has_room() {
  if (demand_.level() != Demand::Level::live) return false;
  const std::lock_guard lock(mutex_);
  if (!takes_frames_) return false;
  const bool has_room = encoder_->has_room();
  if (!has_room) heartbeat_.expect();  // a frame is being encoded
  return has_room;
}

void StreamEncoder::skip() {
  if (demand_.level() == Demand::Level::live) counts_.skipped.add();
}

void StreamEncoder::push(GstBuffer* frame, TimePoint captured_at) {
  if (demand_.level() != Demand::Level::live) return;
  const std::lock_guard lock(mutex_);
  if (!takes_frames_) return counts_.push_refused.add();
  if (!encoder_->has_room()) return counts_.skipped.add();
  const bool keyframe = pacer_.grant(demand_.keyframe_requested(), captured_at);
  if (keyframe) counts_.count_keyframe_request(demand_.keyframe_granted());
  const TimePoint now = Clock::now();
  heartbeat_.expect(now);
  stopwatch_.start(captured_at, now);
  if (encoder_->push(frame, keyframe)) return;
  counts_.push_refused.add();
  takes_frames_ = false;
  loop_.post_result([this, generation = generation_] { recover(generation, "it no longer accepts frames"); });
}

}  // namespace cs
