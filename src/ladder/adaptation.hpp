// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/rung.hpp"
#include "cubestream/subscription.hpp"
#include "ladder/rung_choice.hpp"
#include "ladder/stream_rate.hpp"

namespace cs {

/// State of a viewer and of the network to it. Rates are in bits per second.
struct Watching {
  std::uint64_t viewer = 0;
  std::size_t channel = 0;
  std::size_t rung = 0;                      ///< the rung that it receives
  std::size_t next = 0;                      ///< the rung that it is moving to; equal to `rung`: not moving
  double sending = 0;                        ///< send rate over about the last second
  bool is_crowded = false;                   ///< packets queue in the network
  std::optional<double> carries = {};        ///< lower bound of the network's capacity; none: unknown
  std::optional<TimePoint> limited_at = {};  ///< when the network last reached its capacity; none: never
};

/// The rungs of each channel. Pure.
[[nodiscard]] std::vector<std::vector<Rung>> ladders_of(const std::vector<Channel>& channels);

/// Assigns viewers to rungs and sets the bit rates, a few times a second. Each viewer gets the highest rung that its
/// network carries; each stream gets the best bit rate that its viewers can receive. Pure; one thread.
class Adaptation {
 public:
  /// `ladders`: one per channel. A channel without rungs is left unchanged.
  explicit Adaptation(const std::vector<std::vector<Rung>>& ladders);

  struct Move {
    std::uint64_t viewer;
    std::size_t rung;
  };
  struct Rate {
    std::size_t channel;
    std::size_t rung;
    int kbps;
  };
  struct Changes {
    std::vector<Move> moves;
    std::vector<Rate> rates;
  };
  /// `watching`: all viewers.
  [[nodiscard]] Changes update(std::vector<Watching> watching, TimePoint now);

 private:
  // A network that never reached its limit is taken as unlimited: a stream with a low bit rate proves little, and must
  // not stay poor because of that. A limit that was not reached for kLimitHolds is raised by this factor per second.
  static constexpr std::chrono::seconds kLimitHolds{30};
  static constexpr double kForgottenPerSecond = 1.25;

  [[nodiscard]] static double carries(const Watching& viewer, TimePoint now);

  struct Channel {
    std::vector<Rung> ladder;
    std::vector<StreamRate> rates;
  };
  void set_rates(std::size_t channel, std::span<const Watching> watching, TimePoint now, Changes& changes);
  [[nodiscard]] std::size_t choose(const Watching& viewer, TimePoint now);

  std::vector<Channel> channels_;
  std::map<std::uint64_t, RungChoice> choices_;  // by viewer
};

}  // namespace cs
