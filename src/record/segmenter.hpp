// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "loop/wakeup.hpp"
#include "record/recorder_sink.hpp"
#include "record/segment.hpp"
#include "record/store.hpp"

namespace cs {

/// Writes recordings of the stream, one at a time, into consecutive files: prepares the next file in advance, and
/// completes replaced files in the background. Main thread only.
class Segmenter final : public Segment::Observer {
 public:
  /// Follows a segmenter. All are called on the main thread.
  class Observer {
   public:
    virtual ~Observer() = default;
    /// The first frames of the recording are on the disk.
    virtual void on_recording() = 0;
    /// The recording has ended without a request.
    virtual void on_failed(const StoreFailure& failure) = 0;
    /// A file that was to be completed in the background is closed. `failure`: why it is not complete.
    virtual void on_closed(const std::optional<StoreFailure>& failure) = 0;
  };

  /// `length`: of one file; the size limit of the store may make files shorter. All references must outlive the
  /// segmenter.
  Segmenter(std::chrono::seconds length, const Channel& channel, Store& store, Observer& observer, Loop& loop,
            Metrics& metrics);

  /// Begins a recording, while none is running. On failure returns the reason.
  [[nodiscard]] std::optional<StoreFailure> begin();

  /// Ends the running recording. Its files are completed in the background.
  void end();

  /// Whether files are being completed in the background.
  [[nodiscard]] bool is_closing() const { return !closing_.empty(); }

  /// Returns nullopt before the first frame of a recording.
  [[nodiscard]] std::optional<RecorderSink::Position> position() const;

  /// Waits until the files are complete; logs those that are not at `deadline`. For shutdown, when the main loop no
  /// longer runs.
  void wait_for_end(TimePoint deadline);

 private:
  struct Closing {
    std::unique_ptr<Segment> segment;
    bool is_earlier = false;  // of an earlier recording
  };
  void abort();
  void rotate();
  void prepare_next();
  void collect();
  [[nodiscard]] std::vector<Closing>::iterator find_closing(const Segment& segment);

  void on_file(Segment& segment) override;
  void on_end(Segment& segment) override;
  void on_error(Segment& segment, const StoreFailure& failure) override;

  const std::chrono::seconds length_;
  const Channel channel_;
  Store& store_;
  Observer& observer_;
  Loop& loop_;
  Metrics& metrics_;
  const Log log_;

  bool has_file_ = false;  // a file of this recording exists
  std::vector<Closing> closing_;
  const Wakeup changes_;
  std::unique_ptr<RecorderSink> sink_;
  std::unique_ptr<Subscription> subscription_;
};

}  // namespace cs
