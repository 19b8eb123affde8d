// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "cubestream/subscription.hpp"
#include "gst/gstreamer.hpp"
#include "loop/loop.hpp"
#include "record/clips.hpp"
#include "record/recorder.hpp"
#include "record/store.hpp"
#include "service/api_dispatcher.hpp"

namespace cs {

/// GStreamer elements needed for recordings and clips.
[[nodiscard]] std::span<const NeededElement> recording_elements();

/// Recordings and clips, as configured by the settings, and their API endpoints. Main thread only.
class Recording {
 public:
  /// Uses the H.264 channel. Without one, or without a directory, the endpoints answer with what is missing.
  Recording(const Settings& settings, const std::vector<Channel>& channels, Loop& loop, Metrics& metrics);

  /// Reports whether there are viewers.
  void watched(bool watched);

  /// Ends recording when the service stops. Files are completed in the background; the destructor waits for them.
  void finish();

  [[nodiscard]] std::vector<ApiDispatcher::Row> api_rows();

 private:
  [[nodiscard]] ApiReply state(const Recorder::Report& report) const;
  void answer_recording(const ApiQuestion& question, const ApiResponder& respond);
  void answer_clip(const ApiQuestion& question, const ApiResponder& respond);

  const RecordMode mode_;
  Metrics& metrics_;
  std::string missing_;  ///< why recording is not possible; empty: it is
  std::optional<Store> store_;
  std::optional<Recorder> recorder_;
  std::optional<Clips> clips_;
};

}  // namespace cs
