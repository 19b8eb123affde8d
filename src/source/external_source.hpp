// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/fd.hpp"
#include "base/heartbeat.hpp"
#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/demand.hpp"
#include "cubestream/frame.hpp"
#include "cubestream/input_wish.hpp"
#include "input/input_reports.hpp"
#include "input/input_slot.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "producer/latest_picture.hpp"
#include "producer/producer.hpp"
#include "source/refused_producers.hpp"
#include "source/size_limit.hpp"
#include "unixfd/unixfd_connector.hpp"

namespace cs {

/// The state of the producer, for viewers and operators.
struct SourceState {
  bool is_ready = false;      ///< a producer is connected, and shows frames if there are viewers
  std::string sentence = {};  ///< what is missing, or the producer's own text; empty: nothing to say
  Size size = {};             ///< of the latest picture
  InputWish input = {};       ///< what the producer wants
  bool operator==(const SourceState&) const = default;
};

struct ExternalSourceConfig {
  Fd listener;                                         ///< a listening socket, SOCK_SEQPACKET; none with a unixfdsink
  std::optional<UnixFdConnector::Config> unixfd = {};  ///< the producer is a GStreamer unixfdsink
  Size size;                                           ///< for producers without a wish
  int fps = 30;                                        ///< of the stream at its full rate
  std::function<bool(Size)> can_stream = [](Size) { return true; };  ///< see LatestPicture; source thread
  bool stamps_always = false;
  bool stamps_if_wanted = true;
  InputSlot* input = nullptr;       ///< for the producer; null: none. Must outlive the source
  InputReports* reports = nullptr;  ///< what became of it; not null if `input` is not
  // Main thread.
  std::function<void(const SourceState&)> on_state = [](const SourceState&) {};
  std::function<void(std::string json)> on_text = [](const std::string&) {};  ///< of the producer, for viewers' pages
};

/// Takes frames from a producer process instead of drawing them: the counterpart of the Renderer. Frames go to the sink
/// while the demand is live, at the rate that the sink wants. A picture that does not change is passed on twice a
/// second and when an encoder needs it. Without a producer the last picture stays. Built and destroyed on the main
/// thread; all work runs on its own thread, "source".
class ExternalSource {
 public:
  /// `sink`, `demand`, `loop` and `metrics` must outlive it. Throws StartupError.
  ExternalSource(ExternalSourceConfig config, FrameSink& sink, Demand& demand, Loop& loop, Metrics& metrics);
  ~ExternalSource();
  ExternalSource(const ExternalSource&) = delete;
  ExternalSource& operator=(const ExternalSource&) = delete;

 private:
  void run(const std::stop_token& stop);
  void follow_demand(TimePoint now);
  void wait(TimePoint until);
  void accept_one();
  [[nodiscard]] bool may_accept();
  void connect_one(TimePoint now);
  void on_connected();
  void read_producer();
  void deliver(TimePoint now);
  /// Frames per second that the sink wants.
  [[nodiscard]] int fps() const;
  void report_state();
  void report_texts();
  void discard_input();
  [[nodiscard]] SourceState state(TimePoint now) const;

  const ExternalSourceConfig config_;
  const TimePoint started_at_ = Clock::now();
  const Log log_;
  FrameSink& sink_;
  Demand& demand_;
  Loop& loop_;
  Metrics& metrics_;
  Metric& connected_;
  Heartbeat& heartbeat_;
  const Fd wake_;  // an eventfd: the demand changed, or the thread shall end

  // Source thread only.
  InputReports no_reports_;  // if config_.reports is null
  InputSlot no_input_;       // if config_.input is null
  InputSlot& input_;
  LatestPicture picture_;
  SizeLimit sizes_;
  std::optional<UnixFdConnector> connector_;  // if the producer is a unixfdsink
  std::unique_ptr<Producer> producer_;
  RefusedProducers refused_;
  bool has_picture_ = false;  // a producer has sent a frame
  std::string ended_;         // why the latest producer ended
  TimePoint due_;             // of the next frame
  TimePoint connected_at_;
  bool is_live_ = false;  // the demand, as last seen
  /// While the first viewer waits for an answer of the producer.
  struct Hold {
    std::uint64_t frames;  // of the producer, before
    TimePoint until;
  };
  std::optional<Hold> hold_;
  SourceState reported_;
  // Programs that connect or change their status without pause must not fill the log, nor occupy viewers.
  TokenBucket connections_{10, std::chrono::milliseconds(500)};
  bool has_connection_token_ = false;
  TokenBucket reports_{10, std::chrono::milliseconds(500)};
  TokenBucket wishes_{20, std::chrono::milliseconds(50)};
  TokenBucket texts_{120, std::chrono::milliseconds(10)};
  Metric& texts_lost_;

  const std::shared_ptr<ExternalSource*> alive_;  // for jobs on the main loop
  std::jthread thread_;
};

}  // namespace cs
