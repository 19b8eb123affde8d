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

#include "base/metrics.hpp"
#include "cubestream/frame_format.hpp"
#include "encode/frame_consumer.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/image_encoder.hpp"
#include "gst/ref.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"

namespace cs {

/// A frame as an image file.
struct Snapshot {
  std::shared_ptr<const std::string> file;
  std::string etag;
  TimePoint captured_at;
};

/// Why a snapshot request failed.
enum class SnapshotFailure {
  busy,  ///< too many requests are waiting
  late,  ///< not ready within the timeout
  failed
};

/// Makes snapshots of the current frame, also without viewers: it then requests a single frame from the renderer. A
/// request during an encode gets the result of that encode; a request within one frame period gets the last snapshot.
///
/// Encodes on its own thread "snapshot", which has the lowest priority. A large PNG can take seconds, so the destructor
/// may leave the thread running; the thread then accesses nothing else. Main thread only; has_room() and push(): render
/// thread.
class SnapshotEncoder final : public FrameConsumer {
 public:
  using Answer = std::function<void(const std::variant<Snapshot, SnapshotFailure>&)>;

  struct Config {
    FrameFormat format;
    std::chrono::milliseconds timeout = std::chrono::seconds(5);
    std::size_t max_waiting = 64;
    std::chrono::milliseconds end_within = std::chrono::milliseconds(500);  ///< wait of the destructor for an encode
    decltype(&encode_image) encode = encode_image;
  };
  SnapshotEncoder(Config config, FrameDistributor& distributor, Loop& loop, Metrics& metrics);
  ~SnapshotEncoder() override;
  SnapshotEncoder(const SnapshotEncoder&) = delete;
  SnapshotEncoder& operator=(const SnapshotEncoder&) = delete;

  /// Calls `answer` exactly once, possibly before it returns; never after the destructor.
  void ask(ImageType type, Answer answer);

  [[nodiscard]] FrameFormat format() const override { return format_; }
  void resize(Size size) override { format_.size = size; }
  [[nodiscard]] Demand::Level level() const override { return wanted_ ? Demand::Level::live : Demand::Level::none; }
  [[nodiscard]] bool has_room() override { return wanted_; }
  [[nodiscard]] bool needs_frame() override { return true; }
  void push(GstBuffer* frame, TimePoint captured_at) override;

 private:
  struct CapturedFrame {
    Ref<GstBuffer> buffer;
    FrameFormat format;
    TimePoint captured_at;
  };
  struct Waiter {
    Answer answer;
    TimePoint since;
  };
  /// Requests for one image type.
  struct Queue {
    std::vector<Waiter> waiters = {};
    bool is_encoding = false;
    Snapshot last = {};
  };
  struct Worker;

  Queue& queue(ImageType type) { return queues_.at(static_cast<std::size_t>(type)); }
  [[nodiscard]] std::size_t waiting() const;
  void want(bool frame);
  void take_frame();
  void deliver(ImageType type, TimePoint captured_at, std::shared_ptr<const std::string> file,
               const std::string& failure);
  void finish(ImageType type, std::variant<Snapshot, SnapshotFailure> result);
  void expire_waiters();
  void restart_timeout();

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

  FrameFormat format_;  // render thread

  std::atomic<bool> wanted_ = false;  // any thread

  std::mutex mutex_;
  std::shared_ptr<const CapturedFrame> arrived_;  // guarded by mutex_

  const std::shared_ptr<Worker> worker_;  // shared with the thread
};

}  // namespace cs
