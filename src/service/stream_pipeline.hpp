// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <list>
#include <vector>

#include "config/settings.hpp"
#include "cubestream/rung.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/stream_encoder.hpp"
#include "fanout/fan_out.hpp"
#include "input/input_reports.hpp"

namespace cs {

/// One stream, from its encoder to the fan-out. `reports` learns of each encoded frame. Main thread only.
struct StreamPipeline {
  StreamPipeline(StreamEncoder::Config config, unsigned workers, FrameDistributor& frames, InputReports& reports,
                 Loop& loop, Metrics& metrics);

  Demand demand;
  FanOut fan_out;
  StreamEncoder encoder;
};

/// The streams of one codec, one per rung of the ladder. Each encodes only while it has viewers. Main thread only.
class CodecPipelines {
 public:
  /// `name`: the value of CS_ENCODER. Throws StartupError if no encoder works.
  CodecPipelines(Codec codec, const std::vector<Rung>& ladder, const std::string& name, FrameDistributor& frames,
                 InputReports& reports, Loop& loop, Metrics& metrics);

  /// Valid while this object exists.
  [[nodiscard]] Channel channel();

  /// Returns whether the encoder in use can encode this size, and browsers show it. The function may be called on any
  /// thread.
  [[nodiscard]] std::function<bool(Size)> size_check() const;

 private:
  const Codec codec_;
  const std::vector<Rung> ladder_;
  std::list<StreamPipeline> pipelines_;  // in the order of the ladder
};

/// The rungs configured by the settings.
[[nodiscard]] std::vector<Rung> ladder_of(const Settings& settings);

/// Creates the pipelines of each codec that this machine can encode. Clients that support only a missing codec are
/// refused. Throws StartupError if no codec works, or if the encoder named by CS_ENCODER fails. Main thread only.
[[nodiscard]] std::list<CodecPipelines> make_lines(const Settings& settings, FrameDistributor& frames,
                                                   InputReports& reports, Loop& loop, Metrics& metrics);

}  // namespace cs
