// SPDX-License-Identifier: MIT
#include "session/disconnect_reason.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <chrono>

namespace cs {
namespace {

double seconds(Clock::duration time) {
  return std::chrono::duration<double>(time).count();
}

std::string network_words(const ViewerFigures& figures) {
  if (figures.limited_s == 0) return "";
  return fmt::format("limited by its network for {:.0f} s ({} moves down, {} up), ", figures.limited_s,
                     figures.moves_down, figures.moves_up);
}

std::string reception_words(const ViewerFigures& figures) {
  if (!figures.reception) return "no receiver report";
  const Reception& reception = *figures.reception;
  const double share = figures.packets > 0
                           ? 100.0 * static_cast<double>(reception.packets_lost) / static_cast<double>(figures.packets)
                           : 0;
  const std::string round_trip =
      reception.round_trip_s ? fmt::format("{:.1f} ms", *reception.round_trip_s * 1000) : "unknown";
  return fmt::format("{} packets lost ({:.2f} %), round trip {}, jitter {:.1f} ms", reception.packets_lost, share,
                     round_trip, reception.jitter_s * 1000);
}

}  // namespace

const DisconnectReason& leave_reason(std::string_view word) {
  const auto row = std::ranges::find(kLeaveReasons, word, &DisconnectReason::word);
  return row != kLeaveReasons.end() ? *row : kLeaveReasons.back();
}

std::string leave_line(const DisconnectReason& reason, std::string_view words, std::string_view address,
                       const ViewerFigures& figures, TimePoint now) {
  std::string line = fmt::format("left ({}): {}; from {}, {}, {:.1f} s, ", reason.word, words, address,
                                 encoding_name(figures.codec), seconds(now - figures.since));
  if (!figures.connected_after) return line + "never connected";
  return line + fmt::format("connected after {:.0f} ms, {} bytes in {} packets, {} pictures sent and {} skipped, {}{}",
                            seconds(*figures.connected_after) * 1000, figures.bytes, figures.packets, figures.pictures,
                            figures.pictures_skipped, network_words(figures), reception_words(figures));
}

}  // namespace cs
