// SPDX-License-Identifier: MIT
// usage: feed PORT
// Sends the same video as cubestreamd, from the same encoder with the same settings (CS_… variables), as unencrypted
// RTP to 127.0.0.1:PORT, for a server that relays it. Makes a keyframe every second, because there are no keyframe
// requests. Prints "feeding" when it starts; exits on SIGTERM.
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "config/settings.hpp"
#include "encode/frame_distributor.hpp"
#include "encode/stream_encoder.hpp"
#include "gst/gstreamer.hpp"
#include "gst/pipeline.hpp"
#include "loop/loop.hpp"
#include "process/signals.hpp"
#include "render/renderer.hpp"
#include "rtp/rtp_sink.hpp"
#include "scene/scenes.hpp"

namespace cs {
namespace {

constexpr NeededElement kElements[] = {{"udpsink", "gstreamer1.0-plugins-good"}};
constexpr int kPayloadType = 102;  // as announced by bench/janus.mjs
constexpr std::chrono::seconds kKeyframeInterval{1};

int feed(const Settings& settings, int port) {
  Metrics metrics;
  Loop loop(metrics);
  const Signals signals({.stop = [&](int) { loop.quit(0); }, .report = [] {}, .reload = [] {}});
  const GStreamer gstreamer(kElements);

  Pipeline pipeline("feed",
                    {.on_error = [&](const std::string& what) { loop.fail("cannot send: " + what); }, .on_end = [] {}});
  NegotiatedMedia choice;
  choice.payload.type = kPayloadType;
  RtpSink rtp(
      choice, settings.bitrate_kbps, [] {}, metrics);
  GstElement* socket = pipeline.make("udpsink", "socket");
  g_object_set(socket, "host", "127.0.0.1", "port", port, "sync", FALSE, "async", FALSE, nullptr);
  rtp.link_to(adopt(gst_element_get_static_pad(socket, "sink")).get());
  if (!pipeline.play()) throw StartupError("cannot start the sending pipeline");

  const Stream stream{.codec = Codec::h264, .format = settings.format, .bitrate_kbps = settings.bitrate_kbps};
  Demand render_demand;
  Demand encode_demand;
  FrameDistributor distributor(1, render_demand, metrics);
  StreamEncoder encoder({.stream = stream, .candidates = candidate_encoders(settings.encoder, stream)}, encode_demand,
                        {.on_unit = [&](const AccessUnit& unit) { rtp.push(unit); },
                         .on_failed = [&](const std::string& why) { loop.fail(why); }},
                        distributor, loop, metrics);
  encoder.warm_up();
  const Renderer renderer(
      {.size = stream.format.size, .readback = settings.readback, .stamp = settings.frame_stamp},
      [&] { return make_scene(settings.scene); }, distributor, render_demand, loop, metrics);
  const Timer keyframes(kKeyframeInterval, Timer::Repeat::forever, [&] { encode_demand.request_keyframe(); });
  encode_demand.set(Demand::Level::live);
  std::puts("feeding");
  std::fflush(stdout);
  const int code = loop.run();
  encode_demand.set(Demand::Level::none);
  return code;
}

}  // namespace
}  // namespace cs

int main(int argc, char** argv) {
  using namespace cs;
  enter_thread(ThreadRole::main);
  const int port = argc == 2 ? std::atoi(argv[1]) : 0;
  if (port <= 0) {
    std::fputs("usage: feed PORT\n", stderr);
    return 2;
  }
  const Parsed parsed = read_settings(process_environment(), {.encoders = encoder_names(), .scenes = scene_names()});
  start_logging(LogLevel::warn, LogFormat::text);
  try {
    for (const auto& error : parsed.errors) throw StartupError(error);
    return feed(parsed.settings, port);
  } catch (const StartupError& error) {
    make_log("feed")->error("{}", error.what());
    return 1;
  }
}
