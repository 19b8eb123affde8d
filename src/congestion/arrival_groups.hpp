// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <optional>

#include "congestion/packet_report.hpp"

namespace cs {

/// Difference in transit time between two consecutive groups of packets.
struct DelayVariation {
  double milliseconds = 0;
  double sent_after_ms = 0;  ///< time between the sending of the two groups
  double arrival_ms = 0;     ///< arrival of the later group, by the peer's clock
};

/// Groups packets sent in one burst, such as those of one frame, and compares each group with the previous one
/// (draft-ietf-rmcat-gcc-02, sections 5.1 and 5.2). Packets that the network held back and released together, as radio
/// links do, also form one group; otherwise the end of the burst would look like a draining queue. Pure; one thread.
class ArrivalGroups {
 public:
  /// Adds packets in sending order; ignores older ones. Returns a value when a group is complete, unless the peer's
  /// clock has jumped, for example after a wrap-around.
  [[nodiscard]] std::optional<DelayVariation> add(const PacketReport& packet);

 private:
  using Time = std::chrono::microseconds;
  static constexpr Time kBurst{5'000};
  static constexpr Time kLongestBurst{100'000};
  static constexpr double kLongestMs = 10'000;  // between two groups; more: the peer's clock has jumped

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
