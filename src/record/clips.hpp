// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "record/clip_ring.hpp"
#include "record/segment.hpp"
#include "record/store.hpp"

namespace cs {

/// Keeps the last seconds of the stream in memory and makes MP4 files from them without re-encoding. Subscribes to the
/// stream all the time, so it is encoded without viewers too. Main thread, except has_room() and push(): fan-out
/// thread.
class Clips final : public AccessUnitSink {
 public:
  struct Clip {
    std::string name;
    std::shared_ptr<const std::string> file;  ///< contents; null if the clip was saved in the store
  };
  /// Reason why no clip was made.
  struct NoClip {
    enum class Why { busy, nothing_yet, failed } why;
    std::string sentence;
    int error = 0;  ///< errno if the disk is the reason, else 0
  };
  using Answer = std::function<void(const std::variant<Clip, NoClip>&)>;

  Clips(std::chrono::seconds length, const Channel& channel, Loop& loop, Metrics& metrics);
  ~Clips() override;
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  /// Makes a clip of the kept access units: in memory, or as a file if a store is given. Calls `answer` once.
  void make(Answer answer, Store* store = nullptr);

  [[nodiscard]] bool has_room() override { return true; }
  void push(const AccessUnit& unit) override;

 private:
  /// A clip being made.
  struct Job {
    Answer answer;
    std::string name;
    bool in_store = false;
    std::string file;                  // in memory only: contents; owned by the muxer's thread until on_end
    std::unique_ptr<Mux> mux;          // in memory only
    std::unique_ptr<Segment> segment;  // in the store only
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
  Metric& memory_exceeded_;

  std::mutex mutex_;
  ClipRing ring_;  // guarded by mutex_

  // Fan-out thread only.
  TimePoint last_keyframe_;
  TimePoint latest_;  // capture time of the latest access unit
  std::vector<std::byte> parameters_;

  std::vector<std::shared_ptr<Job>> jobs_;
  std::vector<std::weak_ptr<const std::string>> fetched_;  // complete clips being sent to clients
  std::unique_ptr<Timer> resubscribe_timer_;
  std::unique_ptr<Subscription> subscription_;
};

}  // namespace cs
