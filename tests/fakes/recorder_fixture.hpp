// SPDX-License-Identifier: MIT
#pragma once

#include <gst/app/gstappsink.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fakes/line.hpp"
#include "record/recorder.hpp"

namespace cs {

struct Contents {
  int frames = 0;                        ///< number of decoded frames
  std::chrono::nanoseconds duration{0};  ///< from the start of the first frame to the end of the last
  bool begins_with_keyframe = false;
  Size size = {};  ///< of the last frame
};

/// Decodes an MP4 file, complete or truncated.
inline Contents contents_of(const std::filesystem::path& path) {
  const std::string line = "filesrc location=" + path.string() +
                           " ! qtdemux ! h264parse ! tee name=t ! queue ! appsink name=units sync=false "
                           "t. ! queue ! openh264dec ! appsink name=frames sync=false";
  auto pipeline = sink(gst_parse_launch(line.c_str(), nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  const auto units = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "units"));
  const auto frames = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "frames"));
  Contents contents;
  bool is_first = true;
  while (const auto sample = adopt(gst_app_sink_pull_sample(GST_APP_SINK(units.get())))) {
    GstBuffer* buffer = gst_sample_get_buffer(sample.get());
    if (std::exchange(is_first, false))
      contents.begins_with_keyframe = !GST_BUFFER_FLAG_IS_SET(buffer, GST_BUFFER_FLAG_DELTA_UNIT);
    contents.duration = std::chrono::nanoseconds(GST_BUFFER_PTS(buffer) + GST_BUFFER_DURATION(buffer));
  }
  while (const auto sample = adopt(gst_app_sink_pull_sample(GST_APP_SINK(frames.get())))) {
    ++contents.frames;
    const GstStructure* caps = gst_caps_get_structure(gst_sample_get_caps(sample.get()), 0);
    gst_structure_get(caps, "width", G_TYPE_INT, &contents.size.width, "height", G_TYPE_INT, &contents.size.height,
                      nullptr);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return contents;
}

/// Returns the names of the top-level boxes of an MP4 file.
inline std::vector<std::string> boxes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<std::string> names;
  for (std::size_t at = 0; at + 8 <= bytes.size();) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < 4; ++i) size = size << 8U | static_cast<unsigned char>(bytes[at + i]);
    names.push_back(bytes.substr(at + 4, 4));
    if (size < 8) break;
    at += size;
  }
  return names;
}

/// The line from encoders to a recorder, and a directory for its files.
class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    start_gstreamer();
    char pattern[] = "/tmp/cubestream-test-XXXXXX";
    directory = mkdtemp(pattern);
    line = std::make_unique<Line>(Viewers::Config{}, kAheadOfTimePace);
  }
  ~RecorderTest() override {
    recorder.reset();
    store.reset();
    line.reset();
    std::filesystem::remove_all(directory);
  }

  void record(Recorder::Config config, std::uint64_t max_bytes = 1'000'000'000) {
    store.emplace(Store::Config{directory, max_bytes}, line->metrics);
    recorder = std::make_unique<Recorder>(config, line->channels[0], *store, line->loop, line->metrics);
  }

  void until(Recorder::State state) {
    line->run_until([&] { return recorder->report().state == state; }, std::string(name_of(state)).c_str());
  }
  void until(const char* metric, std::int64_t least) {
    line->run_until([&] { return line->metric(metric) >= least; }, metric);
  }

  /// Paths of all files, sorted by name.
  [[nodiscard]] std::vector<std::filesystem::path> files() const {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) paths.push_back(entry.path());
    std::ranges::sort(paths);
    return paths;
  }

  std::filesystem::path directory;
  std::unique_ptr<Line> line;
  std::optional<Store> store;
  std::unique_ptr<Recorder> recorder;
};

}  // namespace cs
