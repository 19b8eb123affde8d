// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "congestion/network_estimate.hpp"
#include "cubestream/clock.hpp"
#include "cubestream/signalling.hpp"
#include "cubestream/viewer_figures.hpp"
#include "ladder/adaptation.hpp"
#include "log/log.hpp"
#include "rtp/rtp_sink.hpp"
#include "session/viewer_metrics.hpp"

namespace cs {

/// The network of one viewer: how much it carries, what the viewer reports, which size it gets for that, and what it is
/// told. Main thread only.
class ViewerNetwork {
 public:
  /// `formats` are those of the rungs of the channel, as configured. `rtp` and `metrics` must outlive this object.
  ViewerNetwork(const RtpSink& rtp, Codec codec, std::vector<FrameFormat> formats, ViewerMetrics& metrics, Log log);

  /// The viewer is connected, or no longer.
  void begin(TimePoint now);
  void end();

  /// The scene has this size now, and the streams follow.
  void set_scene(Size scene) { scene_ = scene; }

  /// The viewer receives this rung. True: another one than before.
  bool on_rung(std::size_t rung);

  /// What the adaptation needs to know, apart from viewer, channel and rungs. Call it a few times a second.
  [[nodiscard]] Watching watching(TimePoint now);

  /// Samples the statistics. Call it about once a second.
  void look(TimePoint now);
  /// Processes a new report of the viewer.
  void hear(const Reception& report, TimePoint now);

  /// Whether so many packets are lost that retransmissions should be sent twice.
  [[nodiscard]] bool loses_retransmissions() const;

  /// What the client should be told; none: nothing new. Call told() once it was sent.
  [[nodiscard]] std::optional<SendNetwork> news() const;
  void told(const SendNetwork& news) { told_ = news; }

  /// Fills in the figures that it knows.
  void describe(ViewerFigures& figures) const;

 private:
  /// What it receives.
  [[nodiscard]] FrameFormat shown() const {
    return {scaled(formats_[rung_].size, formats_.front().size, scene_), formats_[rung_].fps};
  }
  /// The gauge for its rung. Its label is the configured size: a producer of frames may choose any number of others.
  [[nodiscard]] Metric& gauge() const { return metrics_.shown(codec_, formats_[rung_].size); }
  [[nodiscard]] bool is_limited() const { return rung_ > 0 || is_slowed_; }
  void count_limited_time(TimePoint now);

  const RtpSink& rtp_;
  const Codec codec_;
  const std::vector<FrameFormat> formats_;  // of each rung, as configured
  Size scene_;
  ViewerMetrics& metrics_;
  const Log log_;
  NetworkEstimate path_;
  std::optional<Reception> reception_;
  TimePoint sampled_at_;
  std::size_t rung_ = 0;
  int moves_down_ = 0;
  int moves_up_ = 0;
  double limited_s_ = 0;
  bool is_shown_ = false;
  bool is_slowed_ = false;
  SendNetwork told_;
};

}  // namespace cs
