// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/demand.hpp"
#include "encode/encoder_metrics.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/keyframe_pacer.hpp"
#include "encode/recovery.hpp"
#include "encode/stopwatch.hpp"
#include "encoder/candidates.hpp"
#include "encoder/encoder.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"

namespace cs {

/// Runs a stream's encoder: starts and stops it with the demand, requests keyframes, and restarts or replaces it when
/// it fails. Main thread only; the functions of FrameConsumer other than level(): render thread.
class StreamEncoder final : public FrameConsumer {
 public:
  struct Config {
    Stream stream;
    Candidates candidates;                   ///< at least one
    std::string name = {};                   ///< name of the stream; empty: the codec's name
    std::string program = "/proc/self/exe";  ///< supports --try-encoder; used to probe hardware encoders
  };
  struct Handlers {
    AccessUnitOutput on_unit;  ///< on the encoder's streaming thread
    /// No encoder is left; `why` is a sentence for the viewers. Main thread.
    std::function<void(const std::string& why)> on_failed;
  };
  /// `distributor` provides the frames. All references must outlive it.
  StreamEncoder(Config config, Demand& demand, Handlers handlers, FrameDistributor& distributor, Loop& loop,
                Metrics& metrics);
  ~StreamEncoder() override;
  StreamEncoder(const StreamEncoder&) = delete;
  StreamEncoder& operator=(const StreamEncoder&) = delete;

  /// Probes the candidates in order by encoding a few frames, and selects the first that passes; the software encoders
  /// behind it are the fallback. Publishes the reason for the choice as a fact. Also loads the libraries, so that the
  /// first viewer does not wait for them. Throws StartupError if no candidate passes.
  void warm_up();

  /// The remaining candidates, for another stream of the codec, which then needs no warm-up.
  [[nodiscard]] Candidates candidates() const {
    return {.rows = rows_, .absent = {}, .by_name = config_.candidates.by_name};
  }

  /// Sets the bit rate of this encoder and of later ones. Main thread.
  void set_bitrate(int kbps);

  [[nodiscard]] FrameFormat format() const override { return format_; }

  /// Encodes frames of another size from now on. The stream continues with a keyframe, made by a new encoder.
  void resize(Size size) override;

  /// Demand of its viewers. Any thread.
  [[nodiscard]] Demand::Level level() const override { return demand_.level(); }

  /// Whether it would take a frame now: it has viewers, and no frame is waiting.
  [[nodiscard]] bool has_room() override;

  /// Encodes the frame if there are viewers. If another frame is waiting, skips and counts it.
  void push(GstBuffer* frame, TimePoint captured_at) override;
  void skip() override;
  [[nodiscard]] bool needs_frame() override { return demand_.keyframe_requested() && pacer_.would_grant(Clock::now()); }
  void request_keyframe() override { demand_.request_keyframe(); }

  /// Null while the demand is none. For tests that break it.
  [[nodiscard]] Encoder* encoder() const { return encoder_.get(); }
  [[nodiscard]] const EncoderRow& row() const { return *rows_.front(); }

 private:
  void on_demand(Demand::Level level);
  void build();
  void follow_size();
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
  EncoderMetrics counts_;
  Heartbeat& heartbeat_;
  Heartbeat& frame_heartbeat_;  // ticks with each frame encoded, while frames are wanted

  Histogram& encode_;

  Stopwatch stopwatch_;  // any thread

  // Main thread.
  Stream stream_;                        // with the current size and bit rate
  std::vector<const EncoderRow*> rows_;  // remaining rows; the first is in use
  Recovery recovery_;
  std::unique_ptr<Timer> gave_up_timer_;  // clears encoder_gave_up
  unsigned generation_ = 0;               // of encoders built, so that one failure causes one rebuild

  // Render thread.
  KeyframePacer pacer_;
  FrameFormat format_;

  std::mutex mutex_;                  // guards the members below
  std::unique_ptr<Encoder> encoder_;  // written by the main thread only, so it may read it without the lock
  bool takes_frames_ = false;
  Size size_;  // latest value of resize(); written by the render thread
};

}  // namespace cs
