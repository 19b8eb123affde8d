// SPDX-License-Identifier: MIT
// Tests of SnapshotEncoder: which request gets which snapshot, and the image content.
#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <semaphore>
#include <string>
#include <vector>

#include "encode/snapshot_encoder.hpp"
#include "fakes/line.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr FrameFormat kFormat = {.size = {320, 240}, .fps = 30};

/// Acts as the renderer: draws one I420 frame of one colour.
void draw(FrameDistributor& distributor, std::array<int, 3> yuv = {81, 90, 240}, TimePoint captured_at = Clock::now()) {
  auto memory = distributor.acquire();
  ASSERT_NE(memory, nullptr);
  const I420Layout layout = i420_layout(kFormat.size);
  const auto pixels = memory->pixels();
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::byte>(yuv.at(i < layout.u_offset ? 0 : i < layout.v_offset ? 1 : 2));
  distributor.push({.memory = std::move(memory), .captured_at = captured_at});
}

/// Decodes the file and returns the colour in the middle.
std::array<int, 3> colour_in(const std::string& file, ImageType type) {
  const std::string line =
      std::string("appsrc name=in format=time ! ") + (type == ImageType::jpeg ? "jpegdec" : "pngdec") +
      " ! videoconvert ! video/x-raw,format=RGB,width=320,height=240 ! appsink name=out sync=false";
  auto pipeline = sink(gst_parse_launch(line.c_str(), nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  auto in = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
  auto out = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  gst_app_src_push_buffer(GST_APP_SRC(in.get()), gst_buffer_new_memdup(file.data(), file.size()));
  gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
  std::array<int, 3> colour = {-1, -1, -1};
  if (const auto sample = adopt(gst_app_sink_pull_sample(GST_APP_SINK(out.get())))) {
    GstMapInfo map = GST_MAP_INFO_INIT;
    gst_buffer_map(gst_sample_get_buffer(sample.get()), &map, GST_MAP_READ);
    for (std::size_t i = 0; i < 3; ++i) colour.at(i) = map.data[(std::size_t{120} * 320 + 160) * 3 + i];
    gst_buffer_unmap(gst_sample_get_buffer(sample.get()), &map);
  }
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return colour;
}

class SnapshotEncoderTest : public testing::Test {
 protected:
  using Result = std::variant<Snapshot, SnapshotFailure>;

  std::shared_ptr<std::optional<Result>> ask(ImageType type) {
    auto result = std::make_shared<std::optional<Result>>();
    snapshots->ask(type, [result](const Result& answer) {
      EXPECT_FALSE(result->has_value()) << "answered twice";
      *result = answer;
    });
    return result;
  }

  void run_until(const std::function<bool()>& done) {
    bool late = false;
    const Timer turns(20ms, Timer::Repeat::forever, [] {});
    const Timer timeout(60s, Timer::Repeat::once, [&] { late = true; });
    while (!done() && !late) g_main_context_iteration(nullptr, TRUE);
    ASSERT_TRUE(done());
  }

  /// The default timeout suits a busy machine, because the snapshot thread has the lowest priority.
  void make(SnapshotEncoder::Config config = {.format = kFormat, .timeout = 60s}) {
    snapshots.reset();
    snapshots = std::make_unique<SnapshotEncoder>(config, distributor, loop, metrics);
  }

  const bool started = (start_gstreamer(), true);
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  FrameDistributor distributor{1, demand, metrics};
  std::unique_ptr<SnapshotEncoder> snapshots;
};

TEST_F(SnapshotEncoderTest, HasTheColoursOfTheFrame) {
  make();
  // BT.601, range 16 to 235: red, white and black. Without expanding the range, white and black would be grey.
  const std::vector<std::pair<std::array<int, 3>, std::array<int, 3>>> colours = {
      {{81, 90, 240}, {255, 0, 0}}, {{235, 128, 128}, {255, 255, 255}}, {{16, 128, 128}, {0, 0, 0}}};
  for (const ImageType type : {ImageType::jpeg, ImageType::png})
    for (const auto& [yuv, rgb] : colours) {
      make();
      const auto result = ask(type);
      draw(distributor, yuv);
      run_until([&] { return result->has_value(); });
      const auto found = colour_in(*std::get<Snapshot>(result->value()).file, type);
      for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(found.at(i), rgb.at(i), 6) << media_type(type) << " part " << i;
    }
}

TEST_F(SnapshotEncoderTest, WithoutViewersItRequestsExactlyOneFrame) {
  make();
  EXPECT_EQ(demand.level(), Demand::Level::none);
  EXPECT_EQ(distributor.acquire(), nullptr);
  const auto result = ask(ImageType::jpeg);
  EXPECT_EQ(demand.level(), Demand::Level::live);
  draw(distributor);
  EXPECT_EQ(distributor.acquire(), nullptr) << "only one frame is requested";
  run_until([&] { return result->has_value(); });
  EXPECT_EQ(demand.level(), Demand::Level::none);
}

TEST_F(SnapshotEncoderTest, ConcurrentRequestsShareOneSnapshotPerType) {
  make();
  std::vector<std::shared_ptr<std::optional<Result>>> results;
  for (int i = 0; i < 64; ++i) results.push_back(ask(i % 2 == 0 ? ImageType::jpeg : ImageType::png));
  const auto refused = ask(ImageType::jpeg);
  EXPECT_EQ(std::get<SnapshotFailure>(refused->value()), SnapshotFailure::busy);
  draw(distributor);
  run_until([&] { return std::ranges::all_of(results, [](const auto& result) { return result->has_value(); }); });
  EXPECT_EQ(metrics.get("snapshots_total").value(), 2) << "one of each type";
  const auto& first = std::get<Snapshot>(results[0]->value());
  for (std::size_t i = 0; i < results.size(); i += 2)
    EXPECT_EQ(std::get<Snapshot>(results[i]->value()).file, first.file);
  EXPECT_EQ(metrics.get("snapshots_refused_total").value(), 1);
}

TEST_F(SnapshotEncoderTest, ARequestWithinOneFramePeriodGetsTheLastSnapshot) {
  make({.format = {.size = kFormat.size, .fps = 1}, .timeout = 60s});
  const auto first = ask(ImageType::png);
  draw(distributor, {81, 90, 240}, Clock::now() + 60s);  // in the future: stays recent in a slow test
  run_until([&] { return first->has_value(); });
  const auto second = ask(ImageType::png);
  ASSERT_TRUE(second->has_value());
  EXPECT_EQ(std::get<Snapshot>(second->value()).etag, std::get<Snapshot>(first->value()).etag);
  // A snapshot captured one frame period ago is too old.
  const auto old = ask(ImageType::jpeg);
  draw(distributor, {81, 90, 240}, Clock::now() - 1s);
  run_until([&] { return old->has_value(); });
  const auto next = ask(ImageType::jpeg);
  EXPECT_FALSE(next->has_value());
  draw(distributor);
  run_until([&] { return next->has_value(); });
  EXPECT_NE(std::get<Snapshot>(next->value()).etag, std::get<Snapshot>(old->value()).etag);
  EXPECT_EQ(metrics.get("snapshots_total").value(), 3);
}

TEST_F(SnapshotEncoderTest, WithoutAFrameRequestsTimeOutAndTheDemandEnds) {
  make({.format = kFormat, .timeout = 50ms});
  const auto jpeg = ask(ImageType::jpeg);
  const auto png = ask(ImageType::png);
  run_until([&] { return jpeg->has_value() && png->has_value(); });
  EXPECT_EQ(std::get<SnapshotFailure>(jpeg->value()), SnapshotFailure::late);
  EXPECT_EQ(std::get<SnapshotFailure>(png->value()), SnapshotFailure::late);
  EXPECT_EQ(demand.level(), Demand::Level::none);
  EXPECT_EQ(metrics.get("snapshots_late_total").value(), 2);
}

TEST_F(SnapshotEncoderTest, CanBeDestroyedDuringAnEncode) {
  make();
  const auto result = ask(ImageType::png);
  draw(distributor);
  snapshots.reset();
  EXPECT_FALSE(result->has_value());
}

TEST_F(SnapshotEncoderTest, TheDestructorDoesNotWaitForALongEncode) {
  // Static, because the abandoned thread uses them after the end of this test.
  static std::binary_semaphore begun{0};
  static std::binary_semaphore may_end{0};
  static std::binary_semaphore ended{0};
  make({.format = kFormat, .timeout = 60s, .end_within = 1ms, .encode = [](ImageType, GstBuffer*, const FrameFormat&) {
          begun.release();
          may_end.acquire();
          ended.release();
          return std::string("large");
        }});
  const auto result = ask(ImageType::png);
  draw(distributor);
  const Timer turns(5ms, Timer::Repeat::forever, [] {});
  while (!begun.try_acquire()) g_main_context_iteration(nullptr, TRUE);
  snapshots.reset();
  may_end.release();
  ended.acquire();
  EXPECT_FALSE(result->has_value());
  EXPECT_EQ(metrics.get("snapshots_total").value(), 0);
}

}  // namespace
}  // namespace cs
