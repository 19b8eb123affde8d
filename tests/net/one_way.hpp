// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <queue>
#include <random>
#include <vector>

namespace cs {

/// What one direction of a simulated link does to packets. All zero: nothing.
struct LinkSettings {
  double rate = 0;                                 ///< bits per second; 0: no bound
  std::size_t queue_bytes = 64'000;                ///< that wait for the rate at most; what finds no room is dropped
  std::chrono::nanoseconds queue_time{0};          ///< the same as a time; 0: the bytes count
  std::chrono::nanoseconds delay{0};               ///< of each packet
  std::chrono::nanoseconds jitter{0};              ///< so much less or more delay, evenly spread
  double loss = 0;                                 ///< share of the packets
  double burst = 1;                                ///< how many are lost in a row, on average; 1: each by itself
  double reorder = 0;                              ///< share of the packets that others overtake
  std::chrono::nanoseconds held_back{20'000'000};  ///< these, for up to so long
};

/// What became of the packets so far.
struct LinkCounts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t lost = 0;         ///< at random
  std::uint64_t overflowed = 0;   ///< found the queue full
  std::uint64_t blacked_out = 0;  ///< came during a blackout
  std::uint64_t held_back = 0;
};

/// One direction of a simulated link: packets go in with the time and come out later, or never. In this order: a
/// blackout, loss, the queue in front of the rate, delay with jitter. Order is kept but for packets that are held back.
/// The same seed, settings and packets give the same end. Pure; one thread.
class OneWay {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  using Packet = std::vector<std::byte>;

  explicit OneWay(std::uint64_t seed) : random_(seed) {}

  /// Holds for packets that come from now on.
  void set(const LinkSettings& settings) { settings_ = settings; }
  [[nodiscard]] const LinkSettings& settings() const { return settings_; }

  /// Nothing that comes before `until` gets through.
  void black_out(TimePoint until) { dark_until_ = until; }

  void put(TimePoint now, Packet packet);

  /// When the next packet is due; none: there is none.
  [[nodiscard]] std::optional<TimePoint> next() const;

  /// The next packet, if it is due.
  [[nodiscard]] std::optional<Packet> take(TimePoint now);

  /// How long a packet would now wait for the rate.
  [[nodiscard]] std::chrono::nanoseconds queue(TimePoint now) const {
    return free_at_ <= now ? std::chrono::nanoseconds(0) : free_at_ - now;
  }

  [[nodiscard]] const LinkCounts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kMaxOnTheWay = 20'000;  // packets, whatever the delay

  struct OnTheWay {
    TimePoint due;
    std::uint64_t number;
    Packet packet;
  };
  struct Later {
    bool operator()(const OnTheWay& a, const OnTheWay& b) const {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };
  [[nodiscard]] double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  [[nodiscard]] bool is_lost();
  [[nodiscard]] bool has_room(TimePoint now, std::size_t bytes) const;

  std::mt19937_64 random_;
  LinkSettings settings_;
  LinkCounts counts_;
  TimePoint dark_until_ = TimePoint::min();
  TimePoint free_at_ = TimePoint::min();  // the last packet has left the queue
  TimePoint last_due_ = TimePoint::min();
  bool losing_ = false;  // within a burst
  std::uint64_t number_ = 0;
  std::priority_queue<OnTheWay, std::vector<OnTheWay>, Later> on_the_way_;
};

}  // namespace cs
