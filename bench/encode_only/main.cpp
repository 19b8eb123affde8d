// SPDX-License-Identifier: MIT
// usage: encode_only
// Encodes the frames of clients/c/examples/plasma.c and does nothing else: `appsrc ! x264enc ! fakesink` with the
// settings of cubestreamd (CS_… variables), which no server can undercut. The thread "draw" draws the frames and hands
// them over; the other threads encode. Prints "encoding" when it starts; at SIGTERM, what it encoded.
#include <gst/app/gstappsrc.h>
#include <plasma.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "config/settings.hpp"
#include "cubestream/stream.hpp"
#include "encoder/encoder_table.hpp"
#include "encoder/frame_pool.hpp"
#include "gst/gstreamer.hpp"
#include "gst/pipeline.hpp"
#include "loop/loop.hpp"
#include "process/signals.hpp"

namespace cs {
namespace {

constexpr const char* kEncoder = "x264enc";
constexpr NeededElement kElements[] = {{kEncoder, "gstreamer1.0-plugins-ugly"}};

struct Counters {
  std::atomic<std::int64_t> frames = 0;
  std::atomic<std::int64_t> bytes = 0;
  std::atomic<std::int64_t> skipped = 0;  ///< frames that were due while the encoder had all memory
};

/// Counts what arrives at the sink. Streaming thread.
GstPadProbeReturn count(GstPad* /*pad*/, GstPadProbeInfo* info, void* data) {
  auto& counters = *static_cast<Counters*>(data);
  ++counters.frames;
  counters.bytes += static_cast<std::int64_t>(gst_buffer_get_size(GST_PAD_PROBE_INFO_BUFFER(info)));
  return GST_PAD_PROBE_OK;
}

/// Links `appsrc ! x264enc ! fakesink` in the pipeline. Returns the source.
GstElement* link_elements(Pipeline& pipeline, const Stream& stream, Counters& counters) {
  const EncoderRow& row = *encoder_row(kEncoder);
  GstElement* source = pipeline.make("appsrc", "pictures");
  g_object_set(source, "caps", frame_caps(stream.format).get(), "format", GST_FORMAT_TIME, "is-live", TRUE, nullptr);
  GstElement* encoder = pipeline.make(kEncoder, "encode");
  row.controls.set_up(encoder, stream);
  GstElement* profile = pipeline.make("capsfilter", "profile");
  g_object_set(profile, "caps", adopt(gst_caps_from_string(row.output)).get(), nullptr);
  GstElement* sink = pipeline.make("fakesink", "units");
  g_object_set(sink, "sync", FALSE, "async", FALSE, "enable-last-sample", FALSE, nullptr);
  pipeline.link(source, encoder);
  pipeline.link(encoder, profile);
  pipeline.link(profile, sink);
  const auto pad = adopt(gst_element_get_static_pad(sink, "sink"));
  gst_pad_add_probe(pad.get(), GST_PAD_PROBE_TYPE_BUFFER, count, &counters, nullptr);
  return source;
}

/// Draws the picture that the C example draws at this time.
void draw(FrameMemory& memory, double time) {
  const Size size = memory.size();
  const I420Layout layout = i420_layout(size);
  auto* const luma = reinterpret_cast<std::uint8_t*>(memory.pixels().data());
  std::uint8_t* const data[3] = {luma, luma + layout.u_offset, luma + layout.v_offset};
  const auto chroma = static_cast<std::uint32_t>(layout.chroma_stride);
  const std::uint32_t stride[3] = {static_cast<std::uint32_t>(layout.luma_stride), chroma, chroma};
  plasma_draw(data, stride, static_cast<std::uint32_t>(size.width), static_cast<std::uint32_t>(size.height), time);
}

/// Pushes a frame in each period until `stop`.
void push_frames(const std::stop_token& stop, GstElement* source, const FrameFormat& format, Counters& counters) {
  enter_thread(ThreadRole::none, "draw");
  FramePool pool(format, 1);
  const TimePoint began = Clock::now();
  const auto since = [&](std::int64_t frame) { return std::chrono::nanoseconds(frame * 1'000'000'000 / format.fps); };
  for (std::int64_t frame = 0; !stop.stop_requested(); ++frame) {
    std::this_thread::sleep_until(began + since(frame));
    auto memory = pool.acquire();
    if (!memory) {
      ++counters.skipped;
      continue;
    }
    const TimePoint now = Clock::now();
    draw(*memory, std::chrono::duration<double>(now - began).count());
    auto buffer = take_buffer({.memory = std::move(memory), .captured_at = now});
    if (gst_app_src_push_buffer(GST_APP_SRC(source), buffer.release()) != GST_FLOW_OK) return;  // the bus says why
  }
}

int encode(const Settings& settings) {
  Metrics metrics;
  Loop loop(metrics);
  const Signals signals({.stop = [&](int) { loop.quit(0); }, .report = [] {}, .reload = [] {}});
  const GStreamer gstreamer(kElements);
  plasma_prepare();

  const Stream stream{.codec = Codec::h264, .format = settings.format, .bitrate_kbps = settings.bitrate_kbps};
  Counters counters;
  Pipeline pipeline(
      "encode", {.on_error = [&](const std::string& what) { loop.fail("cannot encode: " + what); }, .on_end = [] {}});
  GstElement* source = link_elements(pipeline, stream, counters);
  if (!pipeline.play()) throw StartupError("cannot start the encoder: " + pipeline.take_error());
  std::puts("encoding");
  std::fflush(stdout);

  const TimePoint began = Clock::now();
  int code = 0;
  {
    const std::jthread drawing(
        [&](const std::stop_token& stop) { push_frames(stop, source, stream.format, counters); });
    code = loop.run();
  }
  std::printf("encoded %lld frames, %lld bytes in %.3f s; %lld skipped\n",
              static_cast<long long>(counters.frames.load()), static_cast<long long>(counters.bytes.load()),
              std::chrono::duration<double>(Clock::now() - began).count(),
              static_cast<long long>(counters.skipped.load()));
  return code;
}

}  // namespace
}  // namespace cs

int main() {
  using namespace cs;
  enter_thread(ThreadRole::main);
  const Parsed parsed = read_settings(process_environment(), {.encoders = encoder_names(), .scenes = {}});
  start_logging(LogLevel::warn, LogFormat::text);
  try {
    for (const auto& error : parsed.errors) throw StartupError(error);
    return encode(parsed.settings);
  } catch (const StartupError& error) {
    make_log("encode_only")->error("{}", error.what());
    return 1;
  }
}
