// SPDX-License-Identifier: MIT
#include "record/clips.hpp"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "record/parameter_sets.hpp"

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

/// A clip being made. Its destructor cancels it.
struct Clips::Job {
  Job(Clips& owner, Answer to, bool saved) : clips(owner), answer(std::move(to)), in_store(saved) {}
  virtual ~Job() = default;
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  Clips& clips;
  const Answer answer;
  const bool in_store;
};

class Clips::InMemory final : public Job, Mux::Output {
 public:
  InMemory(Clips& owner, const Answer& to, const UnitGroup& units)
      : Job(owner, to, false),
        name_(file_name(FileKind::clip, wall_time(units.front().captured_at))),
        mux_("clip", clips.channel_.stream, *this, clips.loop_) {
    for (const AccessUnit& unit : units) mux_.push(unit);
    mux_.finish();
  }

 private:
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override {
    if (file_.size() < offset + bytes.size()) file_.resize(offset + bytes.size());
    std::memcpy(file_.data() + offset, bytes.data(), bytes.size());
  }
  void on_end() override {
    const auto file = std::make_shared<const std::string>(std::move(file_));
    clips.fetched_.emplace_back(file);
    clips.finish(*this, Clip{name_, file});
  }
  void on_error(const std::string& what) override {
    clips.finish(*this, NoClip{NoClip::Why::failed, "the MP4 muxer failed: " + what});
  }

  const std::string name_;
  std::string file_;  // contents; owned by the muxer's thread until on_end()
  Mux mux_;           // last member: its thread uses the file
};

class Clips::InStore final : public Job, Segment::Observer {
 public:
  InStore(Clips& owner, const Answer& to, const UnitGroup& units, Store& store)
      : Job(owner, to, true),
        segment_("clip", FileKind::clip, clips.channel_.stream, store, *this, clips.loop_, clips.metrics_) {
    for (const AccessUnit& unit : units) segment_.push(unit);
    segment_.finish();
  }

 private:
  void on_end(Segment& segment) override { clips.finish(*this, Clip{segment.name(), nullptr}); }
  void on_error(Segment& /*segment*/, const StoreFailure& failure) override {
    clips.finish(*this, NoClip{NoClip::Why::failed, "the clip was not saved: " + failure.sentence, failure.error});
  }

  Segment segment_;
};

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

void Clips::make(const Answer& answer, Store* store) {
  assert_on(ThreadRole::main);
  using Why = NoClip::Why;
  // Clips in memory and clips on disk are limited separately, so a hanging disk blocks only the latter.
  const bool in_store = store != nullptr;
  if (std::cmp_greater_equal(std::ranges::count(jobs_, in_store, &Job::in_store), kMaxJobs))
    return answer(NoClip{Why::busy, "other clips are being made; try again in a moment"});
  std::erase_if(fetched_, [](const auto& clip) { return clip.expired(); });
  if (!in_store && jobs_.size() + fetched_.size() >= kMaxInMemory)
    return answer(NoClip{Why::busy, "other clips are being sent to clients; try again in a moment"});
  std::vector<std::shared_ptr<const UnitGroup>> groups;
  {
    const std::lock_guard lock(mutex_);  // the fan-out waits for it, so copy group pointers, not access units
    groups = ring_.groups();
  }
  UnitGroup units;
  for (const auto& group : groups) units.insert(units.end(), group->begin(), group->end());
  if (units.empty()) return answer(NoClip{Why::nothing_yet, "there is no picture yet; try again in a moment"});
  try {
    if (in_store)
      jobs_.push_back(std::make_unique<InStore>(*this, answer, units, *store));
    else
      jobs_.push_back(std::make_unique<InMemory>(*this, answer, units));
  } catch (const std::exception& exception) {  // StartupError or std::bad_alloc
    report(answer, NoClip{Why::failed, exception.what()});
  }
}

void Clips::finish(Job& job, const Result& result) {
  const auto found = std::ranges::find(jobs_, &job, &std::unique_ptr<Job>::get);
  if (found == jobs_.end()) return;
  const auto done = std::move(*found);  // keeps the job until the end of this call, which comes from its muxer
  jobs_.erase(found);
  report(done->answer, result);
}

void Clips::report(const Answer& answer, const Result& result) {
  if (std::holds_alternative<Clip>(result))
    made_.add();
  else
    log_->error("clip failed: {}", std::get<NoClip>(result).sentence);
  answer(result);
}

}  // namespace cs
