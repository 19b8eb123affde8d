// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "congestion/packet_report.hpp"

namespace cs {

/// How much longer one group of packets was on its way than the one before.
struct DelayVariation {
  double milliseconds = 0;
  double sent_after_ms = 0;  ///< the group before
  double arrival_ms = 0;     ///< of the group, by the peer's clock
};

/// Puts packets that were sent at once, as those of a picture are, into groups, and compares each with the one before
/// (draft-ietf-rmcat-gcc-02, sections 5.1 and 5.2). What the network held back and let go at once, as radio links do,
/// is one group as well, or its end would look like a queue that empties. Pure; one thread.
class ArrivalGroups {
 public:
  /// Packets in the order in which they were sent; those that are behind are passed over. An answer when a group is
  /// complete, unless the peer's clock has jumped, as it does when it begins anew.
  [[nodiscard]] std::optional<DelayVariation> add(const PacketReport& packet);

 private:
  using Time = std::chrono::microseconds;
  static constexpr Time kBurst{5'000};
  static constexpr Time kLongestBurst{100'000};
  static constexpr double kLongestMs = 10'000;  // between two groups; more is another clock

  struct Group {
    TimePoint first_sent;
    TimePoint last_sent;
    Time first_arrival{};
    Time last_arrival{};
  };
  [[nodiscard]] bool belongs(const PacketReport& packet) const;

  std::optional<Group> current_;
  std::optional<Group> before_;
};

}  // namespace cs
