// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.hpp"
#include "base/metrics.hpp"
#include "cubestream/subscription.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "record/disk_monitor.hpp"
#include "record/record_mode.hpp"
#include "record/recorder_sink.hpp"
#include "record/segmenter.hpp"
#include "record/store.hpp"

namespace cs {

/// Records the stream into files, as CS_RECORD says or as the last start() or stop() requested. A recording that fails
/// is reported and retried after a pause; the stream is not affected. A disk that hangs does not end a recording: it is
/// reported as a failure until it answers, and access units are buffered up to a limit. Main thread only.
class Recorder final : Segmenter::Observer {
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
  ~Recorder() override;
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
  [[nodiscard]] bool is_wanted() const;
  void update();
  void begin();
  void end();
  void enter(State state);
  void add_pending(Done done);
  void answer(const Report& report);
  void publish_state();
  [[nodiscard]] std::optional<StoreFailure> failure() const;

  void on_recording() override;
  void on_failed(const StoreFailure& failure) override;
  void on_closed(const std::optional<StoreFailure>& failure) override;

  const RecordMode mode_;
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
  Segmenter segmenter_;
};

[[nodiscard]] std::string_view name_of(Recorder::State state);

}  // namespace cs
