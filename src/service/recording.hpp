// SPDX-License-Identifier: MIT
#pragma once

#include <optional>
#include <vector>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "config/settings.hpp"
#include "cubestream/subscription.hpp"
#include "gst/gstreamer.hpp"
#include "record/clips.hpp"
#include "record/recorder.hpp"
#include "record/store.hpp"
#include "service/api_dispatcher.hpp"

namespace cs {

/// The elements that recordings and clips need.
[[nodiscard]] std::span<const NeededElement> recording_elements();

/// Recordings and clips, as far as the settings ask for them, and their endpoints. Main thread only.
class Recording {
 public:
  /// Of `channels` it takes the one of H.264; without it, or without a directory, the endpoints say what is missing.
  Recording(const Settings& settings, const std::vector<Channel>& channels, Loop& loop, Metrics& metrics);

  void watched(bool watched);

  /// The service ends: the files are completed in the background, and this object's end waits for them.
  void finish();

  [[nodiscard]] std::vector<ApiDispatcher::Row> api_rows();

 private:
  [[nodiscard]] ApiReply state(const Recorder::Report& report) const;
  void answer_recording(const ApiQuestion& question, const ApiResponder& respond);
  void answer_clip(const ApiQuestion& question, const ApiResponder& respond);

  const RecordMode mode_;
  Metrics& metrics_;
  std::string missing_;  ///< why there is no recording; empty: there is
  std::optional<Store> store_;
  std::optional<Recorder> recorder_;
  std::optional<Clips> clips_;
};

}  // namespace cs
