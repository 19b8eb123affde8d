// SPDX-License-Identifier: MIT
// Hardware encoders, simulated by tests/fakes/hardware_encoders.cpp. The real daemon is the subprocess of the probes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <functional>
#include <string>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "encode/stream_encoder.hpp"
#include "encoder/candidates.hpp"
#include "encoder/encoder_probe.hpp"
#include "encoder/properties.hpp"
#include "gst/gstreamer.hpp"
#include "gst/ref.hpp"
#include "loop/loop.hpp"

namespace cs {
namespace {

using namespace std::chrono_literals;
using testing::AllOf;
using testing::HasSubstr;
using testing::MatchesRegex;
using testing::StartsWith;

constexpr Stream kStream{.codec = Codec::h264, .format = {.size = {320, 240}, .fps = 30}, .bitrate_kbps = 800};

/// Selects the fake encoders and their behaviour: "NAME=BEHAVIOUR,...".
void set_fakes(const std::string& fakes) {
  setenv("FAKE_ENCODERS", fakes.c_str(), 1);
}

class Hardware : public testing::Test {
 protected:
  Hardware() {
    static const bool once = [] {
      setenv("GST_PLUGIN_PATH", CS_FAKE_ENCODERS, 1);
      setenv("GST_REGISTRY", CS_FAKE_ENCODERS "/registry.bin", 1);
      // Otherwise a sanitizer reports the intended crash.
      setenv("ASAN_OPTIONS", "handle_segv=0:detect_leaks=0", 1);
      setenv("TSAN_OPTIONS", "handle_segv=0:report_bugs=0", 1);
      std::string all;
      for (const EncoderRow& row : encoder_table())
        if (row.kind == EncoderKind::hardware) all += std::string(row.factory) + "=works,";
      set_fakes(all);
      enter_thread(ThreadRole::main);
      const GStreamer gstreamer({});
      return true;
    }();
    EXPECT_TRUE(once);
  }
};

const EncoderRow& row(std::string_view name) {
  return *encoder_row(name);
}

TEST_F(Hardware, EachHardwareEncoderWorksWithNv12InputOnly) {
  int rows = 0;
  for (const EncoderRow& each : encoder_table()) {
    if (each.kind != EncoderKind::hardware) continue;
    EXPECT_EQ(probe_encoder(each, kStream).failure, "") << each.factory;
    ++rows;
  }
  EXPECT_GT(rows, 0);
}

TEST_F(Hardware, AProbeInASubprocessReportsTheTimePerFrame) {
  set_fakes("nvh264enc=works");
  const ProbeResult probe = probe_encoder_in_subprocess(row("nvh264enc"), CS_DAEMON, 60s);
  EXPECT_EQ(probe.failure, "");
  EXPECT_GT(probe.per_frame.count(), 0);
}

TEST_F(Hardware, EachKindOfFailureIsReported) {
  const std::pair<const char*, const char*> cases[] = {
      {"no-device", "it does not start: encode: Cannot open the device. \\(/dev/fake\\)"},
      {"error", "encode: The driver is out of order. \\(picture 0\\)"},
      {"crash", "it crashed \\(SIGSEGV\\)"},
      {"delta-first", "its first frame is not a keyframe"},
      {"deaf", "it makes no keyframe when asked for one"},
      {"late", "it produced no output within 5 s"},
      {"cabac", "it uses CABAC, which Constrained Baseline does not have"},
      {"fails-after-2", ".*The driver is out of order.*"},
  };
  for (const auto& [behaviour, failure] : cases) {
    set_fakes(std::string("nvh264enc=") + behaviour);
    EXPECT_THAT(probe_encoder_in_subprocess(row("nvh264enc"), CS_DAEMON, 60s).failure, MatchesRegex(failure))
        << behaviour;
  }
}

TEST_F(Hardware, AProbeOfAHangingDriverTimesOut) {
  for (const char* behaviour : {"hang", "hang-start"}) {
    set_fakes(std::string("nvh264enc=") + behaviour);
    EXPECT_EQ(probe_encoder_in_subprocess(row("nvh264enc"), CS_DAEMON, 2s).failure, "it did not answer within 2 s");
  }
}

TEST_F(Hardware, AnotherProgramAsTheSubprocessIsAProbeFailure) {
  EXPECT_EQ(probe_encoder_in_subprocess(row("nvh264enc"), "/bin/true").failure, "it exited without a report");
  EXPECT_THAT(probe_encoder_in_subprocess(row("nvh264enc"), "/nonexistent").failure,
              HasSubstr("cannot run /nonexistent"));
}

TEST_F(Hardware, AnUnavailableEncoderNamesWhatIsMissing) {
  const EncoderRow device = {.factory = "nosuchenc",
                             .plugin = "coreelements",
                             .package = "p",
                             .codec = Codec::h264,
                             .kind = EncoderKind::hardware,
                             .largest = {4096, 4096},
                             .output = "",
                             .controls = {.set_up = nullptr, .set_bitrate = nullptr}};
  EXPECT_EQ(obstacle(device, kStream), "is not available: no such device, or no driver for it");
  EncoderRow package = device;
  package.plugin = "nosuchplugin";
  EXPECT_EQ(obstacle(package, kStream), "is not available: package p is not installed");
  package.kind = EncoderKind::software;
  EXPECT_EQ(obstacle(package, kStream), "is not installed (package p)");
}

TEST_F(Hardware, ARemovedEncoderNamesItsSuccessorInsteadOfAPackage) {
  EncoderRow removed = row("vaapih264enc");
  EXPECT_EQ(removed.removed_in, 28U) << "Debian has no package gstreamer1.0-vaapi with GStreamer 1.28";
  removed.factory = "nosuchenc";
  removed.plugin = "nosuchplugin";
  guint major = 0;
  guint here = 0;
  guint micro = 0;
  guint nano = 0;
  gst_version(&major, &here, &micro, &nano);
  removed.removed_in = here + 1;
  EXPECT_EQ(obstacle(removed, kStream), "is not available: package gstreamer1.0-vaapi is not installed");
  removed.removed_in = here;
  EXPECT_EQ(obstacle(removed, kStream),
            "is not available: GStreamer 1." + std::to_string(here) + " removed it; use vah264enc");
}

TEST_F(Hardware, UnknownPropertiesAndInvalidValuesAreSkipped) {
  const auto element = sink(gst_element_factory_make("nvh264enc", nullptr));
  set_properties(element.get(), {{"nosuchproperty", "1"}, {"bitrate", "many"}, {"bitrate", "321"}});
  unsigned bitrate = 0;
  g_object_get(element.get(), "bitrate", &bitrate, nullptr);
  EXPECT_EQ(bitrate, 321U);
}

/// A StreamEncoder with its environment, except the renderer: the test pushes the frames.
struct Rig {
  explicit Rig(const char* encoder)
      : stream_encoder({.stream = kStream, .candidates = candidate_encoders(encoder, kStream), .program = CS_DAEMON},
                       demand,
                       {.on_unit = [this](const AccessUnit& unit) { keyframes += unit.keyframe ? 1 : 0, ++units; },
                        .on_failed = [this](const std::string& why) { failure = why; }},
                       distributor, loop, metrics) {}

  std::string fact(const char* name) { return metrics.fact(name, "H264"); }

  /// Pushes frames and runs the loop until `done`.
  void run_until(const std::function<bool()>& done) {
    const TimePoint end = Clock::now() + 30s;
    while (!done() && Clock::now() < end) {
      if (auto memory = distributor.acquire())
        distributor.push({.memory = std::move(memory), .captured_at = Clock::now()});
      g_main_context_iteration(nullptr, FALSE);
    }
    EXPECT_TRUE(done());
  }

  Metrics metrics;
  Loop loop{metrics};
  Demand renderer_demand;
  Demand demand;
  FrameDistributor distributor{1, renderer_demand, metrics};
  std::atomic<int> units = 0;
  std::atomic<int> keyframes = 0;
  std::string failure;
  StreamEncoder stream_encoder;
};

TEST_F(Hardware, AutoTakesTheFirstWorkingEncoderAndReportsWhyOthersFailed) {
  set_fakes(
      "nvcudah264enc=crash,nvautogpuh264enc=no-device,nvh264enc=error,vah264enc=delta-first,vah264lpenc=works,"
      "vaapih264enc=works,v4l2h264enc=works");
  Rig rig("auto");
  rig.stream_encoder.warm_up();
  EXPECT_EQ(rig.fact("encoder"), "vah264lpenc");
  EXPECT_THAT(rig.fact("encoder_reason"),
              AllOf(StartsWith("the first of the table that works; nvcudah264enc was refused: it crashed (SIGSEGV); "
                               "nvautogpuh264enc was refused: it does not start: "),
                    HasSubstr("Cannot open the device"), HasSubstr("nvh264enc was refused: "),
                    HasSubstr("vah264enc was refused: its first frame is not a keyframe")));
}

TEST_F(Hardware, AnEncoderThatFailsInMidStreamIsRestartedThenReplacedBySoftware) {
  set_fakes("nvcudah264enc=fails-after-8,nvautogpuh264enc=works");
  Rig rig("auto");
  rig.stream_encoder.warm_up();
  ASSERT_EQ(rig.fact("encoder"), "nvcudah264enc");
  rig.demand.set(Demand::Level::live);
  rig.run_until([&] { return rig.units >= 60; });
  EXPECT_EQ(rig.fact("encoder"), "x264enc");
  EXPECT_THAT(rig.fact("encoder_reason"),
              AllOf(StartsWith("it replaced nvcudah264enc, which failed: "), HasSubstr("out of order")));
  EXPECT_EQ(rig.metrics.get("encoder_errors_total").value(), 2);
  EXPECT_EQ(rig.failure, "");
  rig.demand.set(Demand::Level::none);
}

TEST_F(Hardware, AnEncoderSelectedByNameHasNoFallback) {
  set_fakes("vah264enc=deaf");
  Rig rig("vah264enc");
  EXPECT_THAT(
      [&] { rig.stream_encoder.warm_up(); },
      testing::ThrowsMessage<StartupError>("no encoder works: vah264enc was refused: it makes no keyframe when asked "
                                           "for one; set CS_ENCODER=auto"));
}

}  // namespace
}  // namespace cs
