// SPDX-License-Identifier: MIT
#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>
#include <vector>

#include "base/thread_role.hpp"
#include "encode/stream_encoder.hpp"
#include "encoder/encoder.hpp"
#include "encoder/encoder_probe.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/gstreamer.hpp"
#include "loop/loop.hpp"

using namespace std::chrono_literals;

namespace cs {
namespace {

constexpr Stream kStream{.codec = Codec::h264, .format = {.size = {320, 240}, .fps = 30}, .bitrate_kbps = 800};

/// The test stream with the codec of a row.
Stream stream_of(const EncoderRow& row) {
  Stream stream = kStream;
  stream.codec = row.codec;
  return stream;
}
constexpr auto kTimeLimit = 20s;

bool start_gstreamer() {
  static const bool once = [] {
    enter_thread(ThreadRole::main);
    const GStreamer gstreamer({});
    return true;
  }();
  return once;
}

/// Stores the access units of an encoder; the test can wait for them.
class Units {
 public:
  AccessUnitOutput output() {
    return [this](const AccessUnit& unit) {
      const std::lock_guard lock(mutex_);
      units_.push_back(unit);
      changed_.notify_all();
    };
  }
  std::vector<AccessUnit> wait_for(std::size_t count) {
    std::unique_lock lock(mutex_);
    EXPECT_TRUE(changed_.wait_for(lock, kTimeLimit, [&] { return units_.size() >= count; })) << units_.size();
    return units_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<AccessUnit> units_;
};

/// Paints a grey frame with a brighter left part that grows with `number`, so that the frames differ.
void paint(FrameMemory& memory, int number) {
  auto pixels = memory.pixels();
  for (std::size_t i = 0; i < pixels.size(); ++i)
    pixels[i] = static_cast<std::byte>((i / 4 % 320) < static_cast<std::size_t>(number * 8 % 320) ? 220 : 60);
}

/// Makes the next frame as soon as the encoder has room and the pool has memory. Polls both, because neither sends a
/// notification; the renderer polls once per frame.
Ref<GstBuffer> make_frame(FramePool& pool, const Encoder& encoder, int number, TimePoint at) {
  while (!encoder.has_room()) std::this_thread::yield();
  auto memory = pool.acquire();
  while (!memory) {
    std::this_thread::yield();
    memory = pool.acquire();
  }
  paint(*memory, number);
  return take_buffer({.memory = std::move(memory), .captured_at = at});
}

/// Number of frames of the right size that a new decoder makes of these units of an encoder.
int decode(const EncoderRow& row, const std::vector<AccessUnit>& units) {
  const std::string line = "appsrc name=in format=time caps=" + std::string(row.output) +
                           ",width=320,height=240,framerate=30/1 ! decodebin ! "
                           "appsink name=out sync=false caps=video/x-raw,width=320,height=240";
  auto pipeline = sink(gst_parse_launch(line.c_str(), nullptr));
  gst_element_set_state(pipeline.get(), GST_STATE_PLAYING);
  auto in = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "in"));
  auto out = adopt(gst_bin_get_by_name(GST_BIN(pipeline.get()), "out"));
  GstClockTime pts = 0;
  for (const AccessUnit& unit : units) {
    GstBuffer* buffer = gst_buffer_new_memdup(unit.data.data(), unit.data.size());
    GST_BUFFER_PTS(buffer) = pts += 33 * GST_MSECOND;
    gst_app_src_push_buffer(GST_APP_SRC(in.get()), buffer);
  }
  gst_app_src_end_of_stream(GST_APP_SRC(in.get()));
  int frames = 0;
  while (adopt(gst_app_sink_pull_sample(GST_APP_SINK(out.get())))) ++frames;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return frames;
}

/// Makes a frame of blurred noise, different for each `number`, so that the encoder uses its full bit rate.
Ref<GstBuffer> make_noise(FramePool& pool, const Encoder& encoder, unsigned number, TimePoint at) {
  auto frame = make_frame(pool, encoder, 0, at);
  GstMapInfo map;
  gst_buffer_map(frame.get(), &map, GST_MAP_WRITE);
  std::minstd_rand random(number + 1);
  unsigned long value = 0;
  for (gsize i = 0; i < map.size; ++i) {
    value = (value * 7 + random() % 256) / 8;
    map.data[i] = static_cast<guint8>(100 + value / 4);
  }
  gst_buffer_unmap(frame.get(), &map);
  return frame;
}

class EachEncoder : public testing::TestWithParam<const EncoderRow*> {
 protected:
  const bool started = start_gstreamer();  // before the pool is made
  const Stream stream = stream_of(*GetParam());
  FramePool pool{stream.format, 1};
};

TEST_P(EachEncoder, PassesItsProbe) {
  const ProbeResult probe = probe_encoder(*GetParam(), stream);
  EXPECT_EQ(probe.failure, "");
  EXPECT_GT(probe.per_frame.count(), 0);
}

TEST_P(EachEncoder, ChangesTheBitRateWhileRunning) {
  Units units;
  Stream fast = stream;
  fast.bitrate_kbps = 2000;
  Encoder encoder(*GetParam(), fast, units.output(), [](const std::string& what) { ADD_FAILURE() << what; });
  const TimePoint start = Clock::now();
  unsigned number = 0;
  const auto encode = [&](int kbps) {
    encoder.set_bitrate(kbps);
    for (int i = 0; i < 40; ++i, ++number)
      EXPECT_TRUE(encoder.push(make_noise(pool, encoder, number, start + number * 33ms).get(), false));
    const auto all = units.wait_for(number);
    std::size_t bytes = 0;
    for (std::size_t i = number - 20; i < number; ++i) bytes += all[i].data.size();
    return static_cast<double>(bytes);
  };
  const double before = encode(2000);
  const double slow = encode(600);
  const double after = encode(2000);
  EXPECT_THAT(slow / before, testing::AllOf(testing::Gt(0.15), testing::Lt(0.5))) << before << ' ' << slow;
  EXPECT_THAT(after / before, testing::AllOf(testing::Gt(0.7), testing::Lt(1.4))) << before << ' ' << after;
  const int keyframes_for_a_level = GetParam()->factory == "openh264enc" ? 2 : 0;
  EXPECT_LE(std::ranges::count_if(units.wait_for(number), &AccessUnit::keyframe), 1 + keyframes_for_a_level);
}

TEST_P(EachEncoder, MakesADecodableKeyframeOnlyOnRequest) {
  Units units;
  Encoder encoder(*GetParam(), stream, units.output(), [](const std::string& what) { ADD_FAILURE() << what; });
  const TimePoint start = Clock::now();
  for (int i = 0; i < 60; ++i)
    ASSERT_TRUE(encoder.push(make_frame(pool, encoder, i, start + i * 33ms).get(), i == 20)) << "frame " << i;
  const auto all = units.wait_for(60);
  std::vector<std::size_t> keyframes;
  for (std::size_t i = 0; i < all.size(); ++i)
    if (all[i].keyframe) keyframes.push_back(i);
  // The request may overtake a frame that is being converted; then the keyframe comes one frame earlier.
  ASSERT_EQ(keyframes.size(), 2U);
  EXPECT_EQ(keyframes[0], 0U);
  EXPECT_THAT(keyframes[1], testing::AllOf(testing::Ge(18U), testing::Le(20U)));
  // A new decoder must be able to start at the second keyframe.
  const std::vector<AccessUnit> tail(all.begin() + static_cast<std::ptrdiff_t>(keyframes[1]), all.end());
  EXPECT_EQ(decode(*GetParam(), tail), static_cast<int>(tail.size()));
}

TEST_P(EachEncoder, TimestampsFollowTheClockAcrossAPause) {
  Units units;
  Encoder encoder(*GetParam(), stream, units.output(), [](const std::string& what) { ADD_FAILURE() << what; });
  const TimePoint start = Clock::now();
  std::vector<TimePoint> times;
  for (int i = 0; i < 10; ++i) times.push_back(start + i * 33ms + (i >= 5 ? 1h : 0h));
  for (int i = 0; i < 10; ++i)
    ASSERT_TRUE(encoder.push(make_frame(pool, encoder, i, times[static_cast<std::size_t>(i)]).get(), false));
  const auto all = units.wait_for(10);
  for (std::size_t i = 0; i < 10; ++i) EXPECT_EQ(all[i].captured_at, times[i]) << "frame " << i;
}

TEST_P(EachEncoder, AUnitWithoutATimestampGetsTheCurrentTime) {
  Units units;
  Encoder encoder(*GetParam(), stream, units.output(), [](const std::string& what) { ADD_FAILURE() << what; });
  const auto element = adopt(gst_bin_get_by_name(GST_BIN(encoder.pipeline()), "encode"));
  const auto pad = adopt(gst_element_get_static_pad(element.get(), "src"));
  const auto forget_time = [](GstPad*, GstPadProbeInfo* info, void*) {
    GstBuffer* const unit = gst_buffer_make_writable(GST_PAD_PROBE_INFO_BUFFER(info));
    GST_BUFFER_PTS(unit) = GST_CLOCK_TIME_NONE;
    GST_PAD_PROBE_INFO_DATA(info) = unit;
    return GST_PAD_PROBE_OK;
  };
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, forget_time, nullptr, nullptr);
  const TimePoint before = Clock::now();
  ASSERT_TRUE(encoder.push(make_frame(pool, encoder, 0, before + 1h).get(), false));
  const auto all = units.wait_for(1);
  ASSERT_EQ(all.size(), 1U);
  EXPECT_GE(all[0].captured_at, before);
  EXPECT_LE(all[0].captured_at, Clock::now());
}

TEST_P(EachEncoder, HasNoRoomWhileAFrameWaits) {
  Units units;
  Encoder encoder(*GetParam(), stream, units.output(), [](const std::string&) {});
  // Block the encoder, so that pushed frames wait.
  auto element = adopt(gst_bin_get_by_name(GST_BIN(encoder.pipeline()), "encode"));
  auto pad = adopt(gst_element_get_static_pad(element.get(), "sink"));
  const auto block = gst_pad_add_probe(
      pad.get(), static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BLOCK | GST_PAD_PROBE_TYPE_BUFFER),
      [](GstPad*, GstPadProbeInfo*, void*) { return GST_PAD_PROBE_OK; }, nullptr, nullptr);
  int taken = 0;
  for (int i = 0; i < 20; ++i) {
    if (!encoder.has_room()) continue;
    ASSERT_TRUE(encoder.push(make_frame(pool, encoder, i, Clock::now()).get(), false));
    ++taken;
  }
  EXPECT_LE(taken, 2);  // one waits, and one may be in transit
  gst_pad_remove_probe(pad.get(), block);
  units.wait_for(static_cast<std::size_t>(taken));
}

TEST_P(EachEncoder, RefusesAFrameWhileFlushing) {
  Units units;
  Encoder encoder(*GetParam(), stream, units.output(), [](const std::string&) {});
  ASSERT_TRUE(encoder.push(make_frame(pool, encoder, 0, Clock::now()).get(), false));
  units.wait_for(1);
  const auto frame = make_frame(pool, encoder, 1, Clock::now());
  gst_element_set_state(encoder.pipeline(), GST_STATE_READY);
  EXPECT_FALSE(encoder.push(frame.get(), false));
}

INSTANTIATE_TEST_SUITE_P(Table, EachEncoder, testing::ValuesIn([] {
                           std::vector<const EncoderRow*> rows;
                           for (const EncoderRow& row : encoder_table())
                             if (row.kind == EncoderKind::software) rows.push_back(&row);
                           return rows;
                         }()),
                         [](const auto& row) { return std::string(row.param->factory); });

}  // namespace
}  // namespace cs
