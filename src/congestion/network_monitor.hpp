// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "congestion/bandwidth_estimator.hpp"
#include "congestion/transport_feedback.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Detects that the network to a peer cannot carry the stream. Each packet then waits a bit longer in a queue than the
/// previous one, which the send times and the peer's arrival times show. When the delay is too long, sending pauses
/// until the queue has drained. This needs no knowledge of the network's rate, and each end of a pause probes whether
/// it has risen. Lost packets are ignored: they are retransmitted. Any thread.
class NetworkMonitor {
 public:
  /// `remembered`: number of sent packets that reports can refer to; a power of two, at most 32,768.
  explicit NetworkMonitor(std::size_t remembered = packets_to_remember(0)) : departures_(remembered) {}

  /// Number of packets to remember for reports that arrive up to two seconds late at this bit rate; at least 2,048.
  /// Pure.
  [[nodiscard]] static std::size_t packets_to_remember(int bitrate_kbps);

  /// Records `count` packets, numbered from `first`, with `bytes` in total, as sent now.
  void sent(std::uint16_t first, std::uint16_t count, std::int64_t bytes, TimePoint now);

  /// Whether a report on `count` packets from `first` is plausible: all of them were sent. After a network outage these
  /// may be more than are remembered.
  [[nodiscard]] bool has_sent(std::uint16_t first, std::uint16_t count) const;

  /// Processes a feedback message of the peer.
  void heard(std::span<const Received> received, TimePoint now);

  /// Whether frames may be sent now; false during a pause.
  [[nodiscard]] bool may_send(TimePoint now);

  /// Whether to retransmit a packet that the peer requests. False during a pause, and for packets from before it: a
  /// keyframe replaces them, and they would only delay it.
  [[nodiscard]] bool is_of_use(std::uint16_t sequence);

  /// Whether the network is too slow for the stream: pauses follow one another.
  [[nodiscard]] bool is_slow(TimePoint now);

  /// Whether feedback has resumed after more than a second of silence. Returns true once.
  [[nodiscard]] bool has_returned();

  /// Lower bound of the network's capacity, in bits per second; none: no feedback yet. Capped at 1.5 times the send
  /// rate, because higher rates are not probed.
  [[nodiscard]] std::optional<double> carries() const;

  /// When the network last reached that capacity; none: never.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

  /// Sets the callback for changes of limited_at(). It is called on the thread that calls heard(), and never after it
  /// was replaced. It must not call this object.
  void on_limited(std::function<void()> tell);

  void set_round_trip(std::chrono::milliseconds time);

  /// Queueing delay by the latest feedback; none before the first.
  [[nodiscard]] std::optional<std::chrono::microseconds> waiting() const;

 private:
  using Time = std::chrono::microseconds;

  static constexpr Clock::duration kMinThreshold = std::chrono::milliseconds(80);  // delay that causes a pause
  // In addition to the time for a single frame.
  static constexpr Clock::duration kMargin = std::chrono::milliseconds(20);
  static constexpr Clock::duration kMaxThreshold = std::chrono::milliseconds(300);
  // Of the frame interval, if that is longer: then nothing waits behind the frame.
  static constexpr double kMostOfInterval = 0.8;
  // From one end of a pause to the next: each costs all viewers a keyframe.
  static constexpr std::chrono::milliseconds kLeastPeriod{1000};
  static constexpr std::chrono::milliseconds kMostPause{2000};
  // Without a report for this multiple of the usual report interval, the queue is empty.
  static constexpr double kQuiet = 2.5;
  static constexpr std::chrono::milliseconds kLeastQuiet{100};
  static constexpr std::chrono::milliseconds kMostQuiet{500};
  // Of the delay before the pause; above it, although no queue is left, the path has changed.
  static constexpr double kSameDelay = 0.85;
  static constexpr std::chrono::milliseconds kSilence{1000};
  // Window for counting pauses; frame sizes are remembered for two of these.
  static constexpr std::chrono::seconds kSpan{5};
  static constexpr std::chrono::duration<double> kLeastSpan{1};  // shortest span to measure a rate
  static constexpr std::size_t kSlowPauses = 3;                  // pauses within kSpan
  static constexpr std::uint16_t kForgotten = 8192;  // packets after a pause; older packets are not requested any more

  struct Departure {
    TimePoint at;
    std::uint16_t sequence = 0;
    int bytes = 0;
    bool known = false;  // and not yet reported
  };
  [[nodiscard]] const Departure* departure(std::uint16_t sequence) const;
  [[nodiscard]] int lost_since(std::optional<std::uint16_t> before);
  void remember_frame(std::int64_t bytes, TimePoint now);
  [[nodiscard]] Clock::duration pause_threshold(TimePoint now) const;
  [[nodiscard]] Clock::duration time_to_drain() const;
  void pause(TimePoint now);
  void wait_for_queue(TimePoint now);

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::vector<Departure> departures_;    // the latest packets, by sequence number; size is a power of two
  std::optional<std::uint16_t> latest_;  // latest sequence number reported by the peer
  std::uint16_t last_sent_ = 0;
  std::uint64_t sent_ = 0;  // packets
  struct Span {
    TimePoint began;
    std::int64_t bytes = 0;
    std::int64_t largest = 0;  // size of the largest frame, bytes
  };
  std::optional<Span> current_;  // latest span since the last pause; none: nothing was sent
  Span previous_;
  TimePoint sent_at_;            // time of the latest frame
  Clock::duration interval_{0};  // between the last two frames, unless a pause was between them
  std::optional<TimePoint> heard_at_;
  Clock::duration silence_{0};  // interval before the latest report; the longest since a pause began
  bool returned_ = false;
  std::optional<TimePoint> paused_until_;
  TimePoint pause_began_;
  std::optional<PacketReport> last_;         // last packet reported by the peer
  bool met_no_queue_ = false;                // whether the first packet after a pause met no queue
  std::optional<Time> waited_before_pause_;  // until the delay after the pause is known
  TimePoint resumed_at_ = TimePoint::min();
  std::optional<std::uint16_t> useful_from_;  // first sequence number after the last pause, until numbers wrap around
  std::deque<TimePoint> pauses_;
  std::function<void()> on_limited_;
  BandwidthEstimator estimator_{BandwidthEstimator::Bounds{}};
};

}  // namespace cs
