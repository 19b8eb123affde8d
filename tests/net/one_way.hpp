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

/// Properties of one direction of a simulated link. The defaults forward packets unchanged.
struct LinkSettings {
  double rate = 0;                                 ///< bits per second; 0: unlimited
  std::size_t queue_bytes = 64'000;                ///< queue limit; packets beyond it are dropped
  std::chrono::nanoseconds queue_time{0};          ///< queue limit as a time; 0: queue_bytes applies
  std::chrono::nanoseconds delay{0};               ///< one-way delay of each packet
  std::chrono::nanoseconds jitter{0};              ///< random change of the delay, uniform in ± this value
  double loss = 0;                                 ///< share of lost packets, 0 to 1
  double burst = 1;                                ///< mean number of packets lost in a row; 1: independent losses
  double reorder = 0;                              ///< share of packets that are held back, 0 to 1
  std::chrono::nanoseconds held_back{20'000'000};  ///< maximum time that they are held back
};

/// Packet counters.
struct LinkCounts {
  std::uint64_t in = 0;
  std::uint64_t out = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t lost = 0;         ///< lost at random
  std::uint64_t overflowed = 0;   ///< dropped because the queue was full
  std::uint64_t blacked_out = 0;  ///< dropped during a blackout
  std::uint64_t held_back = 0;
};

/// One direction of a simulated link. Each packet passes, in this order: blackout, loss, the queue of the rate limit,
/// delay with jitter. Only packets that are held back change their order. The same seed, settings and packets give the
/// same result. Pure; one thread.
class OneWay {
 public:
  using Clock = std::chrono::steady_clock;
  using TimePoint = Clock::time_point;
  using Packet = std::vector<std::byte>;

  explicit OneWay(std::uint64_t seed) : random_(seed) {}

  /// Applies to packets put in after this call.
  void set(const LinkSettings& settings) { settings_ = settings; }
  [[nodiscard]] const LinkSettings& settings() const { return settings_; }

  /// Drops all packets put in before `until`.
  void black_out(TimePoint until) { blackout_until_ = until; }

  void put(TimePoint now, Packet packet);

  /// When the next packet is due; empty: no packet is in flight.
  [[nodiscard]] std::optional<TimePoint> next() const;

  /// Takes the next packet, if it is due.
  [[nodiscard]] std::optional<Packet> take(TimePoint now);

  /// How long a packet put in now would wait in the queue.
  [[nodiscard]] std::chrono::nanoseconds queue(TimePoint now) const {
    return free_at_ <= now ? std::chrono::nanoseconds(0) : free_at_ - now;
  }

  [[nodiscard]] const LinkCounts& counts() const { return counts_; }

 private:
  static constexpr std::size_t kMaxInFlight = 20'000;  // packets

  struct InFlight {
    TimePoint due;
    std::uint64_t number;
    Packet packet;
  };
  struct Later {
    bool operator()(const InFlight& a, const InFlight& b) const {
      return a.due != b.due ? a.due > b.due : a.number > b.number;
    }
  };
  [[nodiscard]] double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
  [[nodiscard]] bool is_lost();
  [[nodiscard]] bool has_room(TimePoint now, std::size_t bytes) const;

  std::mt19937_64 random_;
  LinkSettings settings_;
  LinkCounts counts_;
  TimePoint blackout_until_ = TimePoint::min();
  TimePoint free_at_ = TimePoint::min();  // when the last packet leaves the queue
  TimePoint last_due_ = TimePoint::min();
  bool in_loss_burst_ = false;  // bad state of the Gilbert model
  std::uint64_t number_ = 0;
  std::priority_queue<InFlight, std::vector<InFlight>, Later> in_flight_;
};

}  // namespace cs
