// SPDX-License-Identifier: MIT
#pragma once

#include <list>

#include "config/settings.hpp"
#include "encode/pictures.hpp"
#include "encode/stream_encoder.hpp"
#include "fanout/fan_out.hpp"

namespace cs {

/// One stream from its encoder to those who watch it. Main thread only.
struct StreamLine {
  /// Throws Fatal when none of the candidates works.
  StreamLine(const Stream& what, Candidates candidates, Pictures& pictures, Loop& loop, Metrics& metrics);

  const Stream stream;
  Demand demand;
  FanOut fan_out;
  StreamEncoder encoder;
};

/// A line for each codec that this machine can encode. Without one of them clients that know nothing else are refused;
/// throws Fatal when there is none at all, or not the one that was asked for by name. Main thread only.
[[nodiscard]] std::list<StreamLine> make_lines(const Settings& settings, Pictures& pictures, Loop& loop,
                                               Metrics& metrics);

}  // namespace cs
