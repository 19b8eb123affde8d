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

/// Says when the network between us and a peer cannot carry the pictures: their packets then wait somewhere on the way,
/// each a bit longer than the one before, which is seen by when they were sent and when the peer says that they came.
/// Once they wait too long a pause is due until what waits got through; nothing needs to be known of the network's
/// rate, and each end of a pause tries whether it has risen. Lost packets mean nothing here, they are sent again. Any
/// thread.
class NetworkMonitor {
 public:
  /// `remembered`: how many of the latest packets a report can be about; a power of two, at most 32,768.
  explicit NetworkMonitor(std::size_t remembered = packets_to_remember(0)) : departures_(remembered) {}

  /// For reports on a stream of that bit rate that come two seconds late, at least 2,048. Pure.
  [[nodiscard]] static std::size_t packets_to_remember(int bitrate_kbps);

  /// `count` packets leave now, numbered from `first` on, of so many `bytes` together.
  void sent(std::uint16_t first, std::uint16_t count, std::int64_t bytes, TimePoint now);

  /// Whether a report on the `count` packets from `first` on can be true: all of them were sent. After a network's
  /// pause that may be more than are remembered.
  [[nodiscard]] bool has_sent(std::uint16_t first, std::uint16_t count) const;

  /// What the peer says of them.
  void heard(std::span<const Received> received, TimePoint now);

  /// Whether pictures may be sent now; false during a pause.
  [[nodiscard]] bool may_send(TimePoint now);

  /// Whether a packet that the peer asks for again is of use to it. During a pause none is, and after it none of those
  /// before: a keyframe takes their place, and they would only be in its way.
  [[nodiscard]] bool is_of_use(std::uint16_t sequence);

  /// Whether the network is too slow for the pictures: pauses come one after the other.
  [[nodiscard]] bool is_slow(TimePoint now);

  /// Whether the peer is heard again that was silent for more than a second; says so once.
  [[nodiscard]] bool has_returned();

  /// How many bits per second the network carries, at least; nothing: there is no report. The stream sends what it
  /// sends, so of a network that carries it easily this is half as much again.
  [[nodiscard]] std::optional<double> carries() const;

  /// When the network last showed that it carries no more than that; nothing: it has not.
  [[nodiscard]] std::optional<TimePoint> limited_at() const;

  /// Whom to tell at once when limited_at() changes; called on whatever thread brings the news, and not after this was
  /// called again. It may not call back.
  void on_limited(std::function<void()> tell);

  void set_round_trip(std::chrono::milliseconds time);

  /// How long packets wait on the way, by the latest report; nothing: there is none.
  [[nodiscard]] std::optional<std::chrono::microseconds> waiting() const;

 private:
  using Time = std::chrono::microseconds;

  static constexpr Clock::duration kTooLong = std::chrono::milliseconds(80);  // that packets wait
  static constexpr Clock::duration kBeside = std::chrono::milliseconds(20);   // the time for a single picture
  static constexpr Clock::duration kMostTooLong = std::chrono::milliseconds(300);
  static constexpr double kMostOfInterval = 0.8;  // of the pictures, where that is longer: nothing waits behind one
  static constexpr std::chrono::milliseconds kLeastPeriod{1000};  // from one end of a pause to the next: each costs
                                                                  // everybody a keyframe
  static constexpr std::chrono::milliseconds kMostPause{2000};
  static constexpr double kQuiet = 2.5;  // times as long as the reports before took, and no report: nothing waits
  static constexpr std::chrono::milliseconds kLeastQuiet{100};
  static constexpr std::chrono::milliseconds kMostQuiet{500};
  static constexpr double kAsLong = 0.85;  // as before the pause, though there can be no queue: the path has changed
  static constexpr std::chrono::milliseconds kSilence{1000};
  static constexpr std::chrono::seconds kSpan{5};  // over which pauses are counted, and half of what pictures' sizes
                                                   // are remembered for
  static constexpr std::chrono::duration<double> kLeastSpan{1};  // for a rate to mean something
  static constexpr std::size_t kSlowPauses = 3;                  // in that span
  static constexpr std::uint16_t kForgotten = 8192;  // packets after a pause nobody asks for those before it

  struct Departure {
    TimePoint at;
    std::uint16_t sequence = 0;
    int bytes = 0;
    bool known = false;  // and not yet told of
  };
  [[nodiscard]] const Departure* departure(std::uint16_t sequence) const;
  [[nodiscard]] int lost_since(std::optional<std::uint16_t> before);
  void remember_picture(std::int64_t bytes, TimePoint now);
  [[nodiscard]] Clock::duration too_long(TimePoint now) const;
  [[nodiscard]] Clock::duration time_to_drain() const;
  void pause(TimePoint now);
  void wait_for_queue(TimePoint now);

  mutable std::mutex mutex_;
  // All guarded by mutex_.
  std::vector<Departure> departures_;    // of the latest packets, by number; a power of two
  std::optional<std::uint16_t> latest_;  // of which the peer told
  std::uint16_t last_sent_ = 0;
  std::uint64_t sent_ = 0;  // packets
  struct Span {
    TimePoint began;
    std::int64_t bytes = 0;
    std::int64_t largest = 0;  // picture, bytes
  };
  std::optional<Span> here_;  // the latest, since the last pause; none: nothing was sent
  Span before_;
  TimePoint sent_at_;            // the latest picture
  Clock::duration interval_{0};  // between it and the one before, where no pause was between them
  std::optional<TimePoint> heard_at_;
  Clock::duration silence_{0};  // before the latest report; the longest since a pause began
  bool returned_ = false;
  std::optional<TimePoint> paused_until_;
  TimePoint pause_began_;
  std::optional<PacketReport> last_;         // of which the peer told
  bool met_no_queue_ = false;                // the first one after a pause
  std::optional<Time> waited_before_pause_;  // until it is known how long packets wait after it
  TimePoint resumed_at_ = TimePoint::min();
  std::optional<std::uint16_t> useful_from_;  // of those since the last pause, until numbers come round
  std::deque<TimePoint> pauses_;
  std::function<void()> on_limited_;
  BandwidthEstimator estimator_{BandwidthEstimator::Bounds{}};
};

}  // namespace cs
