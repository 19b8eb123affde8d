// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "loop/wakeup.hpp"
#include "record/backoff.hpp"
#include "record/disk_monitor.hpp"
#include "record/record_mode.hpp"
#include "record/recorder_sink.hpp"
#include "record/store.hpp"

namespace cs {

/// Records the stream into files, as CS_RECORD says or as the last start() or stop() requested. A recording that fails
/// is reported and retried after a pause; the stream is not affected. A disk that hangs does not end a recording: it is
/// reported as a failure until it answers, and access units are buffered up to a limit. Main thread only.
class Recorder {
 public:
  struct Config {
    RecordMode mode = RecordMode::off;
    std::chrono::seconds segment{600};
    Backoff pause{};
    std::chrono::milliseconds hang{5000};  ///< the disk hangs if an operation takes this long
  };
  enum class State {
    off,
    starting,   ///< no file exists yet
    recording,  ///< frames are on the disk
    stopping,   ///< the last files are being completed
    waiting     ///< failed; retried after a pause
  };
  struct Report {
    State state;
    std::optional<RecorderSink::Position> position;
    std::optional<StoreFailure> failure;  ///< the latest failure, until it records again
  };
  using Done = std::function<void(const Report&)>;

  /// All references must outlive the recorder. Starts recording at once if the mode says so.
  Recorder(Config config, const Channel& channel, Store& store, Loop& loop, Metrics& metrics);
  /// Waits until the files are complete, but no longer than one second after finish().
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Sets whether there are viewers, for RecordMode::viewers.
  void watched(bool watched);

  /// Explicit requests; each overrides the mode until the next. `done` is called once: when it records or has failed,
  /// or when all files are complete, or after 8 s without an answer of the disk.
  void start(Done done);
  void stop(Done done);

  /// The server stops: ends the recording and completes the files in the background.
  void finish();

  [[nodiscard]] Report report() const;

 private:
  struct Closing {
    unsigned number;
    std::unique_ptr<Segment> segment;
  };
  [[nodiscard]] bool is_wanted() const;
  void update();
  void begin();
  void end();
  void close_sink();
  void rotate();
  [[nodiscard]] std::unique_ptr<Segment> make_segment();
  void on_file(unsigned number);
  void on_end(unsigned number);
  void on_error(unsigned number, const StoreFailure& failure);
  void fail(const StoreFailure& failure);
  void enter(State state);
  void add_pending(Done done);
  void answer(const Report& report);
  void publish_state();
  [[nodiscard]] std::optional<StoreFailure> failure() const;

  const Config config_;
  const Channel channel_;
  Store& store_;
  Loop& loop_;
  Metrics& metrics_;
  const Log log_;
  Metric& recording_;
  Metric& errors_;
  Backoff backoff_;

  State state_ = State::off;
  bool has_viewers_ = false;
  bool finished_ = false;
  std::optional<bool> requested_;  // the last explicit request: start (true) or stop (false)
  std::optional<StoreFailure> failure_;
  TimePoint began_;  // when this recording began, after the last failure
  TimePoint deadline_;
  std::vector<Done> pending_;
  std::unique_ptr<Timer> answer_timer_;  // answers pending_ if the disk does not
  std::unique_ptr<Timer> retry_timer_;
  DiskMonitor disk_;

  unsigned last_number_ = 0;   // number of the last segment made
  unsigned first_number_ = 0;  // number of the first segment of this recording
  std::vector<Closing> closing_;
  std::map<const Segment*, unsigned> numbers_;  // segments that the sink owns
  const Wakeup changes_;
  std::unique_ptr<RecorderSink> sink_;
  std::unique_ptr<Subscription> subscription_;
};

[[nodiscard]] std::string_view name_of(Recorder::State state);

}  // namespace cs
