// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "record/clip_ring.hpp"
#include "record/segment.hpp"
#include "record/store.hpp"

namespace cs {

/// Keeps the last seconds of the stream in memory, which for that is encoded with nobody watching too, and makes MP4
/// files of them without encoding anew. Main thread, but for the sink half, which is a fan-out thread's.
class Clips final : public AccessUnitSink {
 public:
  struct Clip {
    std::string name;
    std::shared_ptr<const std::string> file;  ///< null: it is in the directory
  };
  /// Why there is none.
  struct NoClip {
    enum class Why { busy, nothing_yet, failed } why;
    std::string sentence;
    int error = 0;  ///< errno, where the disk is the reason
  };
  using Answer = std::function<void(const std::variant<Clip, NoClip>&)>;

  Clips(std::chrono::seconds length, const Channel& channel, Loop& loop, Metrics& metrics);
  ~Clips() override;
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  /// What there is now, in the answer or, with a store, into that. `answer` is called once.
  void make(Answer answer, Store* store = nullptr);

  [[nodiscard]] bool has_room() override { return true; }
  void push(const AccessUnit& unit) override;

 private:
  /// A clip in the making.
  struct Job {
    Answer answer;
    std::string name;
    bool in_store = false;
    std::string file;                  // of one that stays in memory, the muxer's until its end
    std::unique_ptr<Mux> mux;          // of that one
    std::unique_ptr<Segment> segment;  // of the other one
  };

  void subscribe();
  void make_in_memory(const std::shared_ptr<Job>& job, const std::vector<AccessUnit>& units);
  void make_in_store(const std::shared_ptr<Job>& job, const std::vector<AccessUnit>& units, Store& store);
  void finish(Job* job, const std::variant<Clip, NoClip>& result);

  const Channel channel_;
  const std::function<void()> request_keyframe_;
  Loop& loop_;
  Metrics& metrics_;
  const Log log_;
  Metric& bytes_;
  Metric& made_;
  Metric& given_up_;

  std::mutex mutex_;
  ClipRing ring_;  // guarded by mutex_

  // The fan-out thread's.
  TimePoint last_keyframe_;
  TimePoint latest_;  // when the latest unit was captured
  std::vector<std::byte> parameters_;

  std::vector<std::shared_ptr<Job>> jobs_;
  std::vector<std::weak_ptr<const std::string>> fetched_;  // clips that are on their way to who asked for them
  std::unique_ptr<Timer> again_;
  std::unique_ptr<Subscription> subscription_;
};

}  // namespace cs
