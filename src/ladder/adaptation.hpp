// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/rung.hpp"
#include "ladder/rung_choice.hpp"
#include "ladder/stream_rate.hpp"

namespace cs {

/// What is known of one who watches, and of the network to it. Rates are bits per second.
struct Watching {
  std::uint64_t viewer = 0;
  std::size_t channel = 0;
  std::size_t rung = 0;                      ///< where its pictures come from
  std::size_t next = 0;                      ///< where they are to come from: the same, or another, soon
  double sending = 0;                        ///< over about the last second
  bool is_crowded = false;                   ///< packets wait on the way
  std::optional<double> carries = {};        ///< at least; none: that is not known
  std::optional<TimePoint> limited_at = {};  ///< when it was last seen to carry no more; none: it was not
};

/// Matches streams and viewers, a few times a second: each viewer is to be on the highest rung that its network
/// carries, and each stream as good as those who watch it can have it. Pure; one thread.
class Adaptation {
 public:
  /// `ladders`: of each channel. One without rungs is left as it is.
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
  /// `watching`: all who do.
  [[nodiscard]] Changes update(std::vector<Watching> watching, TimePoint now);

 private:
  // A network that was never seen to be at its limit carries whatever is wanted: pictures that need little prove
  // little, and the stream must not stay poor for that. A limit that was not seen for so long is forgotten by and by.
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
  std::map<std::uint64_t, RungChoice> choices_;  // of those who watch
};

}  // namespace cs
