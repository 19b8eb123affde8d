// SPDX-License-Identifier: MIT
#include "record/clips.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "record/recorder_sink.hpp"

namespace cs {
namespace {

/// Maximum time between keyframes. A clip begins at a keyframe, so it may be longer than requested by up to this.
constexpr std::chrono::seconds kClipKeyframeInterval{2};

constexpr std::chrono::seconds kResubscribeDelay{5};
constexpr std::size_t kMaxJobs = 2;      // clips being made; each is as large as the ring
constexpr std::size_t kMaxInMemory = 4;  // plus complete clips that are still being sent to clients

/// Twice the size at the nominal bit rate, because encoders keep to it only on average.
std::uint64_t max_bytes(std::chrono::seconds length, const Stream& stream) {
  return 2 * static_cast<std::uint64_t>((length + kClipKeyframeInterval).count()) *
         static_cast<std::uint64_t>(stream.bitrate_kbps) * 1000 / 8;
}

}  // namespace

Clips::Clips(std::chrono::seconds length, const Channel& channel, Loop& loop, Metrics& metrics)
    : channel_(channel),
      request_keyframe_(channel.broadcast->keyframe_requester()),
      loop_(loop),
      metrics_(metrics),
      log_(make_log("clip")),
      bytes_(metrics.get("clip_memory_bytes")),
      made_(metrics.get("clips_total")),
      memory_exceeded_(metrics.get("clip_memory_exceeded_total")),
      ring_({.length = length, .bytes = max_bytes(length, channel.stream)}) {
  subscribe();
}

Clips::~Clips() {
  subscription_.reset();
}

void Clips::subscribe() {
  subscription_ = channel_.broadcast->subscribe(*this, [this](const std::string&) {
    // The encoder failed and logged the reason. It restarts for the next subscriber.
    subscription_.reset();
    resubscribe_timer_ = std::make_unique<Timer>(kResubscribeDelay, Timer::Repeat::once, [this] { subscribe(); });
  });
  subscription_->start();
}

void Clips::push(const AccessUnit& unit) {
  const bool is_new_stream = unit.keyframe && parameters_ != parameter_sets(unit);
  if (is_new_stream) parameters_ = parameter_sets(unit);
  // Requests the keyframe one frame ahead: at 1 fps the next frame is a second away. The half interval allows for
  // jitter.
  const auto gap = unit.captured_at - std::exchange(latest_, unit.captured_at);
  if (unit.keyframe)
    last_keyframe_ = unit.captured_at;
  else if (unit.captured_at + gap + gap / 2 - last_keyframe_ >= kClipKeyframeInterval)
    request_keyframe_();
  const std::lock_guard lock(mutex_);
  const auto before = static_cast<std::int64_t>(ring_.bytes());
  if (is_new_stream) ring_.clear();  // one file cannot hold the streams of two encoders
  if (ring_.push(unit)) memory_exceeded_.add();
  bytes_.add(static_cast<std::int64_t>(ring_.bytes()) - before);
}

void Clips::make(Answer answer, Store* store) {
  assert_on(ThreadRole::main);
  using Why = NoClip::Why;
  // Clips in memory and clips on disk are limited separately, so a hanging disk blocks only the latter.
  const auto is_same_kind = [store](const std::shared_ptr<Job>& other) {
    return other->in_store == (store != nullptr);
  };
  if (std::cmp_greater_equal(std::ranges::count_if(jobs_, is_same_kind), kMaxJobs))
    return answer(NoClip{Why::busy, "other clips are being made; try again in a moment", 0});
  std::erase_if(fetched_, [](const auto& clip) { return clip.expired(); });
  if (store == nullptr && jobs_.size() + fetched_.size() >= kMaxInMemory)
    return answer(NoClip{Why::busy, "other clips are being sent to clients; try again in a moment", 0});
  std::vector<std::shared_ptr<const UnitGroup>> groups;
  {
    const std::lock_guard lock(mutex_);  // the fan-out waits for it, so copy group pointers, not access units
    groups = ring_.groups();
  }
  UnitGroup units;
  for (const auto& group : groups) units.insert(units.end(), group->begin(), group->end());
  if (units.empty()) return answer(NoClip{Why::nothing_yet, "there is no picture yet; try again in a moment", 0});
  const auto job = std::make_shared<Job>();
  job->answer = std::move(answer);
  job->name = file_name(FileKind::clip, wall_time(units.front().captured_at));
  job->in_store = store != nullptr;
  jobs_.push_back(job);
  try {
    if (store == nullptr)
      make_in_memory(job, units);
    else
      make_in_store(job, units, *store);
  } catch (const std::exception& exception) {  // StartupError or std::bad_alloc
    finish(job.get(), NoClip{Why::failed, exception.what(), 0});
  }
}

void Clips::make_in_memory(const std::shared_ptr<Job>& job, const std::vector<AccessUnit>& units) {
  Job* const raw = job.get();  // outlives its muxer
  job->mux = std::make_unique<Mux>(
      "clip", channel_.stream,
      Mux::Handlers{.write =
                        [raw](std::uint64_t offset, std::span<const std::byte> bytes) {
                          if (raw->file.size() < offset + bytes.size()) raw->file.resize(offset + bytes.size());
                          std::memcpy(raw->file.data() + offset, bytes.data(), bytes.size());
                        },
                    .on_end =
                        [this, raw] {
                          const auto file = std::make_shared<const std::string>(std::move(raw->file));
                          fetched_.emplace_back(file);
                          finish(raw, Clip{raw->name, file});
                        },
                    .on_error =
                        [this, raw](const std::string& what) {
                          finish(raw, NoClip{NoClip::Why::failed, "the MP4 muxer failed: " + what, 0});
                        }},
      loop_);
  for (const AccessUnit& unit : units) job->mux->push(unit);
  job->mux->finish();
}

void Clips::make_in_store(const std::shared_ptr<Job>& job, const std::vector<AccessUnit>& units, Store& store) {
  Job* const raw = job.get();
  job->segment = std::make_unique<Segment>(
      "clip", FileKind::clip, channel_.stream, store,
      Segment::Handlers{
          .on_file = [] {},
          .on_end =
              [this, raw] {
                finish(raw, Clip{raw->segment->name(), nullptr});
              },
          .on_error =
              [this, raw](const StoreFailure& failure) {
                finish(raw, NoClip{NoClip::Why::failed, "the clip was not saved: " + failure.sentence, failure.error});
              }},
      loop_, metrics_);
  for (const AccessUnit& unit : units) job->segment->push(unit);
  job->segment->finish();
}

void Clips::finish(Job* job, const std::variant<Clip, NoClip>& result) {
  const auto found = std::ranges::find(jobs_, job, &std::shared_ptr<Job>::get);
  if (found == jobs_.end()) return;
  const auto done = std::move(*found);  // keeps the job until the end of this call, which comes from its muxer
  jobs_.erase(found);
  if (std::holds_alternative<Clip>(result))
    made_.add();
  else
    log_->error("clip failed: {}", std::get<NoClip>(result).sentence);
  done->answer(result);
}

}  // namespace cs
