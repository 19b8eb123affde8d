// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <variant>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/frame_format.hpp"
#include "encode/frame_consumer.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/image_encoder.hpp"
#include "gst/ref.hpp"

namespace cs {

/// A picture as a file.
struct Snapshot {
  std::shared_ptr<const std::string> file;
  std::string etag;
  TimePoint captured_at;
};

/// Why there is none.
enum class SnapshotFailure {
  busy,  ///< too many wait already
  late,  ///< none came in time
  failed
};

/// Makes snapshots of the current picture, with nobody watching too: it then wants one picture of the renderer, and no
/// more. Whoever asks while one is being made gets that one, and within a frame's time the last one. The files are made
/// on a thread of its own, "snapshot", which gives way to all others; a large PNG can take seconds, so the end leaves
/// the thread behind, which then touches nothing any more. Built and destroyed on the main thread, which alone asks;
/// has_room() and push() are the render thread's.
class SnapshotEncoder final : public FrameConsumer {
 public:
  using Answer = std::function<void(const std::variant<Snapshot, SnapshotFailure>&)>;

  struct Config {
    FrameFormat format;
    std::chrono::milliseconds timeout = std::chrono::seconds(5);
    std::size_t max_waiting = 64;
    std::chrono::milliseconds end_within = std::chrono::milliseconds(500);  ///< for a file that is being made
    decltype(&encode_image) encode = encode_image;
  };
  SnapshotEncoder(Config config, FrameDistributor& pictures, Loop& loop, Metrics& metrics);
  ~SnapshotEncoder() override;
  SnapshotEncoder(const SnapshotEncoder&) = delete;
  SnapshotEncoder& operator=(const SnapshotEncoder&) = delete;

  /// `answer` is called exactly once, perhaps at once; not any more when this is destroyed before.
  void ask(ImageType type, Answer answer);

  [[nodiscard]] FrameFormat format() const override { return config_.format; }
  [[nodiscard]] Demand::Level level() const override { return wanted_ ? Demand::Level::live : Demand::Level::none; }
  [[nodiscard]] bool has_room() override { return wanted_; }
  void push(GstBuffer* picture, TimePoint captured_at) override;

 private:
  struct Picture {
    Ref<GstBuffer> buffer;
    TimePoint captured_at;
  };
  struct Waiter {
    Answer answer;
    TimePoint since;
  };
  /// One type of file.
  struct Queue {
    std::vector<Waiter> waiters = {};
    bool in_the_making = false;
    Snapshot last = {};
  };
  struct Maker;

  Queue& queue(ImageType type) { return queues_.at(static_cast<std::size_t>(type)); }
  [[nodiscard]] std::size_t waiting() const;
  void want(bool picture);
  void take_frame();
  void deliver(ImageType type, TimePoint captured_at, std::shared_ptr<const std::string> file,
               const std::string& failure);
  void finish(ImageType type, std::variant<Snapshot, SnapshotFailure> result);
  void give_up_on_late_ones();
  void watch_the_time();

  const Config config_;
  FrameDistributor& frames_;
  Loop& loop_;
  const Log log_;
  Metric& made_;
  Metric& refused_;
  Metric& late_;

  // Main thread.
  std::array<Queue, 2> queues_ = {};
  std::unique_ptr<Timer> timeout_;

  std::atomic<bool> wanted_ = false;  // any thread

  std::mutex mutex_;
  std::shared_ptr<const Picture> arrived_;  // guarded by mutex_

  const std::shared_ptr<Maker> maker_;  // shared with the thread
};

}  // namespace cs
