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
  orphaned  ///< it watches on, but its signalling is gone
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

/// What a viewer says of its reception, in its latest receiver report (RFC 3550, section 6.4.1).
struct Reception {
  std::optional<double> round_trip_s = {};  ///< none before it has answered a sender report
  double loss = 0;                          ///< of what came since the report before, 0 to 1
  std::int64_t packets_lost = 0;            ///< since the beginning
  double jitter_s = 0;
};

/// How one viewer is doing: what went out to it, and what it says of what came in.
struct ViewerFigures {
  ClientId client = 0;
  Codec codec = Codec::h264;
  ViewerState state = ViewerState::connecting;
  TimePoint since;                                      ///< when its offer came
  std::optional<Clock::duration> connected_after = {};  ///< none: it never was
  std::int64_t bytes = 0;                               ///< RTP, before encryption
  std::int64_t packets = 0;
  std::int64_t pictures = 0;
  std::int64_t pictures_skipped = 0;              ///< since its first one
  std::int64_t pictures_skipped_for_network = 0;  ///< among these
  FrameFormat picture = {};                       ///< what it is shown
  int moves_down = 0;                             ///< to smaller pictures
  int moves_up = 0;
  double limited_s = 0;                                ///< for so long its network kept it from the full picture
  bool slowed = false;                                 ///< its network is too slow for the pictures
  double bytes_per_second = 0;                         ///< of about the last second
  std::optional<double> carries_bits_per_second = {};  ///< its network, at least; none: that is not known
  std::optional<Reception> reception = {};             ///< none: no report has come
};

using ViewerList = std::vector<ViewerFigures>;

}  // namespace cs
