// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/keyframe_pacer.hpp"
#include "encode/recovery.hpp"
#include "encode/stopwatch.hpp"
#include "encoder/candidates.hpp"
#include "encoder/encoder.hpp"

namespace cs {

/// A stream's encoder: it exists while the stream is wanted, makes keyframes on demand, and is rebuilt when it fails.
/// Built and destroyed on the main thread, where it listens to the demand; has_room() and push() are the render
/// thread's.
class StreamEncoder final : public FrameConsumer {
 public:
  struct Config {
    Stream stream;
    Candidates candidates;                   ///< at least one
    std::string name = {};                   ///< of the stream; empty: its codec's
    std::string program = "/proc/self/exe";  ///< that knows --try-encoder, for encoders of hardware
  };
  struct Handlers {
    AccessUnitOutput on_unit;  ///< on the encoder's streaming thread
    /// No encoder of the list works: a sentence for those who watch. Main thread.
    std::function<void(const std::string& why)> on_failed;
  };
  /// It takes its pictures from `pictures`, which must outlive it, as must the others.
  StreamEncoder(Config config, Demand& demand, Handlers handlers, FrameDistributor& pictures, Loop& loop,
                Metrics& metrics);
  ~StreamEncoder() override;
  StreamEncoder(const StreamEncoder&) = delete;
  StreamEncoder& operator=(const StreamEncoder&) = delete;

  /// Really encodes a few pictures with each candidate in turn until one passes; that one is in use, and those of
  /// software behind it stand in reserve. Why it is that one is stated as a fact. Also loads libraries before the first
  /// viewer waits for them. Throws StartupError.
  void warm_up();

  /// Those that are left, for another stream of the codec that needs no warm-up of its own.
  [[nodiscard]] Candidates candidates() const {
    return {.rows = rows_, .absent = {}, .by_name = config_.candidates.by_name};
  }

  /// From now on, also of encoders that are built later. Main thread.
  void set_bitrate(int kbps);

  [[nodiscard]] FrameFormat format() const override { return config_.stream.format; }

  /// What its viewers want. Any thread.
  [[nodiscard]] Demand::Level level() const override { return demand_.level(); }

  /// Whether it would take a picture now: somebody watches, and none waits.
  [[nodiscard]] bool has_room() override;

  /// Encodes the picture, if somebody watches. One that comes while another waits is skipped, and counted.
  void push(GstBuffer* picture, TimePoint captured_at) override;
  void skip() override;

  /// Null while nobody is here. For tests that break it.
  [[nodiscard]] Encoder* encoder() const { return encoder_.get(); }
  [[nodiscard]] const EncoderRow& row() const { return *rows_.front(); }

 private:
  void follow(Demand::Level level);
  void build();
  void state_row(const std::string& why);
  void on_unit(const AccessUnit& unit);
  void drop();
  void give_up();
  void recover(unsigned generation, const std::string& what);

  // Constant after construction.
  const Config config_;
  const std::string name_;
  Demand& demand_;
  const Handlers handlers_;
  FrameDistributor& frames_;
  Loop& loop_;
  Metrics& metrics_;
  const Log log_;
  Metric& alive_;
  Metric& errors_;
  Metric& push_refused_;
  Metric& skipped_;
  Metric& restarts_;
  Metric& gave_up_;
  Metric& units_;
  Metric& bytes_;
  Metric& keyframes_made_;
  Metric& target_;
  const std::map<KeyframeCause, Metric*> keyframes_;  // asked of the encoder
  Heartbeat& heartbeat_;
  Heartbeat& frame_heartbeat_;  // ticks with each frame encoded, while frames are wanted

  Histogram& encode_;

  Stopwatch stopwatch_;  // of any thread

  // Main thread.
  Stream stream_;                        // as it is encoded now
  std::vector<const EncoderRow*> rows_;  // those left, the first is in use
  Recovery recovery_;
  std::unique_ptr<Timer> despair_;  // after it gave up
  unsigned generation_ = 0;         // of encoders built, so that one failure is one rebuild

  // Render thread.
  KeyframePacer pacer_;

  // Guarded by mutex_; written by the main thread only, so that it may read them without.
  std::mutex mutex_;
  std::unique_ptr<Encoder> encoder_;
  bool takes_frames_ = false;
};

}  // namespace cs
