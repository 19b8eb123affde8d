// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.hpp"
#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/record_mode.hpp"
#include "cubestream/subscription.hpp"
#include "record/backoff.hpp"
#include "record/recorder_sink.hpp"
#include "record/store.hpp"

namespace cs {

/// Records the stream that others watch into files, by the setting or by the word of whoever asks, which holds until
/// the next word. A recording that fails says so and is tried again, with pauses; the stream knows nothing of it. A
/// disk that hangs ends none: it is reported as a failure until it answers, and what comes meanwhile waits, up to a
/// bound. Main thread only.
class Recorder {
 public:
  struct Config {
    RecordMode mode = RecordMode::off;
    std::chrono::seconds segment{600};
    Backoff pause{};
    std::chrono::milliseconds hang{5000};  ///< a disk that has not answered for so long hangs
  };
  enum class State {
    off,
    starting,   ///< no file is there yet
    recording,  ///< pictures are on the disk
    stopping,   ///< the last file is completed
    waiting     ///< it failed and will be tried again
  };
  struct Report {
    State state;
    std::optional<RecorderSink::Position> position;
    std::optional<StoreFailure> failure;  ///< the latest, until it records again
  };
  using Done = std::function<void(const Report&)>;

  /// `store`, `loop` and the others must outlive it. Begins to record at once when the mode says so.
  Recorder(Config config, const Channel& channel, Store& store, Loop& loop, Metrics& metrics);
  /// Waits until the files are complete, a second at most since finish() was called.
  ~Recorder();
  Recorder(const Recorder&) = delete;
  Recorder& operator=(const Recorder&) = delete;

  /// Whether anybody watches, for RecordMode::viewers.
  void watched(bool watched);

  /// Somebody's word. `done` is called once, when it records or cannot, or when all files are complete.
  void start(Done done);
  void stop(Done done);

  /// The service ends: from now on nothing is recorded, and the files are completed in the background.
  void finish();

  [[nodiscard]] Report report() const;

 private:
  struct Closing {
    unsigned number;
    std::unique_ptr<Segment> segment;
  };
  [[nodiscard]] bool is_wanted() const;
  void follow();
  void begin();
  void end();
  void wind_up();
  void change();
  [[nodiscard]] std::unique_ptr<Segment> make_segment();
  void on_file(unsigned number);
  void on_end(unsigned number);
  void on_error(unsigned number, const StoreFailure& failure);
  void fail(const StoreFailure& failure);
  void enter(State state);
  void answer_later(Done done);
  void answer(const Report& report);
  void look_for_losses();
  void look_at_disk();
  void state_it();
  [[nodiscard]] std::optional<StoreFailure> failure() const;

  const Config config_;
  const Channel channel_;
  Store& store_;
  Loop& loop_;
  Metrics& metrics_;
  const Log log_;
  Metric& recording_;
  Metric& errors_;
  Metric& skipped_;
  Backoff pause_;

  State state_ = State::off;
  bool watched_ = false;
  bool finished_ = false;
  std::optional<bool> word_;  // of who asked last
  std::optional<StoreFailure> failure_;
  TimePoint began_;  // the recording, since its last failure
  TimePoint deadline_;
  std::int64_t skips_seen_ = 0;
  std::vector<Done> dones_;
  std::unique_ptr<Timer> timeout_;  // of those
  std::unique_ptr<Timer> retry_;
  std::unique_ptr<Timer> look_;
  std::unique_ptr<Timer> disk_look_;  // while files are open
  bool disk_hangs_ = false;

  unsigned last_number_ = 0;   // of the segments made
  unsigned first_number_ = 0;  // of those that the sink has or had
  std::vector<Closing> closing_;
  std::map<const Segment*, unsigned> numbers_;  // of those that the sink has
  const Wakeup changes_;
  std::unique_ptr<RecorderSink> sink_;
  std::unique_ptr<Subscription> subscription_;
};

[[nodiscard]] std::string_view name_of(Recorder::State state);

}  // namespace cs
