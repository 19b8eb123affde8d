// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "cubestream/clock.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/stream.hpp"

namespace cs {

enum class ViewerState {
  connecting,
  connected,
  orphaned  ///< media continues, signalling connection lost
};

[[nodiscard]] constexpr std::string_view name_of(ViewerState state) {
  switch (state) {
    case ViewerState::connecting:
      return "connecting";
    case ViewerState::connected:
      return "connected";
    case ViewerState::orphaned:
      return "orphaned";
  }
  return "";
}

/// The latest receiver report of a viewer (RFC 3550, section 6.4.1).
struct Reception {
  std::optional<double> round_trip_s = {};  ///< none before the first reply to a sender report
  double loss = 0;                          ///< fraction lost since the previous report, 0 to 1
  std::int64_t packets_lost = 0;            ///< cumulative
  double jitter_s = 0;
};

/// Statistics of one viewer: what the server sent, and what the viewer reported.
struct ViewerFigures {
  ClientId client = 0;
  Codec codec = Codec::h264;
  ViewerState state = ViewerState::connecting;
  TimePoint since;                                      ///< when its offer arrived
  std::optional<Clock::duration> connected_after = {};  ///< none: never connected
  std::int64_t bytes = 0;                               ///< RTP, before encryption
  std::int64_t packets = 0;
  std::int64_t pictures = 0;
  std::int64_t pictures_skipped = 0;              ///< since its first frame
  std::int64_t pictures_skipped_for_network = 0;  ///< included in pictures_skipped
  FrameFormat picture = {};                       ///< current size and frame rate
  int moves_down = 0;                             ///< to a smaller size
  int moves_up = 0;
  double limited_s = 0;                                ///< total time below the full size because of the network
  bool slowed = false;                                 ///< the network is too slow for the stream
  double bytes_per_second = 0;                         ///< over about the last second
  std::optional<double> carries_bits_per_second = {};  ///< lower bound of the network's capacity; none: unknown
  std::optional<Reception> reception = {};             ///< none: no report yet
};

using ViewerList = std::vector<ViewerFigures>;

}  // namespace cs
