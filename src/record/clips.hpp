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
  using Result = std::variant<Clip, NoClip>;
  using Answer = std::function<void(const Result&)>;

  Clips(std::chrono::seconds length, const Channel& channel, Loop& loop, Metrics& metrics);
  ~Clips() override;
  Clips(const Clips&) = delete;
  Clips& operator=(const Clips&) = delete;

  /// Makes a clip of the kept access units: in memory, or as a file if a store is given. Calls `answer` once.
  void make(const Answer& answer, Store* store = nullptr);

  [[nodiscard]] bool has_room() override { return true; }
  void push(const AccessUnit& unit) override;

 private:
  struct Job;
  class InMemory;
  class InStore;

  void subscribe();
  void finish(Job& job, const Result& result);
  void report(const Answer& answer, const Result& result);

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

  std::vector<std::unique_ptr<Job>> jobs_;
  std::vector<std::weak_ptr<const std::string>> fetched_;  // complete clips being sent to clients
  std::unique_ptr<Timer> resubscribe_timer_;
  std::unique_ptr<Subscription> subscription_;
};

}  // namespace cs
