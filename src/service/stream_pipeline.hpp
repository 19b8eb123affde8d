// SPDX-License-Identifier: MIT
#pragma once

#include <list>
#include <vector>

#include "config/settings.hpp"
#include "cubestream/rung.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/stream_encoder.hpp"
#include "fanout/fan_out.hpp"

namespace cs {

/// One stream from its encoder to those who watch it. Main thread only.
struct StreamPipeline {
  StreamPipeline(StreamEncoder::Config config, unsigned workers, FrameDistributor& pictures, Loop& loop,
                 Metrics& metrics);

  Demand demand;
  FanOut fan_out;
  StreamEncoder encoder;
};

/// The streams of one codec, one for each rung of the ladder; each encodes while somebody watches it. Main thread only.
class CodecPipelines {
 public:
  /// `name`: as CS_ENCODER has it. Throws StartupError when none of the encoders works.
  CodecPipelines(Codec codec, const std::vector<Rung>& ladder, const std::string& name, FrameDistributor& pictures,
                 Loop& loop, Metrics& metrics);

  /// While this object exists.
  [[nodiscard]] Channel channel();

 private:
  const Codec codec_;
  const std::vector<Rung> ladder_;
  std::list<StreamPipeline> pipelines_;  // in the order of the ladder
};

/// The rungs as the settings ask for them.
[[nodiscard]] std::vector<Rung> ladder_of(const Settings& settings);

/// Lines for each codec that this machine can encode. Without one of them clients that know nothing else are refused;
/// throws StartupError when there is none at all, or not the one that was asked for by name. Main thread only.
[[nodiscard]] std::list<CodecPipelines> make_lines(const Settings& settings, FrameDistributor& pictures, Loop& loop,
                                                   Metrics& metrics);

}  // namespace cs
