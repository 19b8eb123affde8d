// SPDX-License-Identifier: MIT
// Frames of a real unixfdsink. Only built where GStreamer has one (1.24 or newer).
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/thread_role.hpp"
#include "fakes/memory_sink.hpp"
#include "gst/gstreamer.hpp"
#include "gst/ref.hpp"
#include "source/external_source.hpp"

namespace cs {
namespace {

using test::MemorySink;

constexpr Size kSize{1280, 720};
constexpr NeededElement kNeeded[] = {{"unixfdsink", "gstreamer1.0-plugins-bad"},
                                     {"videotestsrc", "gstreamer1.0-plugins-base"}};

class UnixFdSinkTest : public testing::Test {
 protected:
  UnixFdSinkTest() {
    enter_thread(ThreadRole::main);
    static const GStreamer gstreamer(kNeeded);
    std::string name = (std::filesystem::temp_directory_path() / "cubestream-gst-XXXXXX").string();
    folder = mkdtemp(name.data());
    ExternalSourceConfig config{.listener = Fd(), .size = kSize};
    config.unixfd = UnixFdConnector::Config{.path = folder + "/gst.sock", .try_every = std::chrono::milliseconds(10)};
    config.on_state = [this](const SourceState& now) { state = now; };
    demand.set(Demand::Level::live);
    source = std::make_unique<ExternalSource>(std::move(config), out, demand, loop, metrics);
  }
  ~UnixFdSinkTest() override {
    source.reset();
    std::filesystem::remove_all(folder);
  }

  void run_until(const std::function<bool()>& done, const std::string& what) {
    const Timer tick(std::chrono::milliseconds(2), Timer::Repeat::forever, [] {});
    bool is_late = false;
    const Timer limit(std::chrono::seconds(60), Timer::Repeat::once, [&] { is_late = true; });
    while (!done() && !is_late) g_main_context_iteration(nullptr, TRUE);
    ASSERT_TRUE(done()) << "timeout while waiting for: " << what << "; the source says: " << state.sentence;
  }
  /// Runs a pipeline that shows `pattern` until the pixel in the middle has this luma.
  void show(const std::string& caps, const std::string& pattern, int luma) {
    GError* error = nullptr;
    auto pipeline = sink(gst_parse_launch(("videotestsrc is-live=true pattern=" + pattern + " ! " + caps +
                                           " ! unixfdsink socket-path=" + folder + "/gst.sock")
                                              .c_str(),
                                          &error));
    ASSERT_EQ(error, nullptr) << error->message;
    ASSERT_NE(gst_element_set_state(pipeline.get(), GST_STATE_PLAYING), GST_STATE_CHANGE_FAILURE);
    run_until([&] { return state.is_ready && out.count() > 0 && std::abs(out.luma_in_the_middle() - luma) <= 2; },
              "luma " + std::to_string(luma) + " of " + caps);
    gst_element_set_state(pipeline.get(), GST_STATE_NULL);
    pipeline.reset();  // until then it may accept a new connection
    run_until([&] { return state.sentence.find("has ended; waiting for the program that draws") != std::string::npos; },
              "its end");
    EXPECT_FALSE(state.is_ready);
  }

  std::string folder;
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  MemorySink out{kSize};
  SourceState state;
  std::unique_ptr<ExternalSource> source;
};

TEST_F(UnixFdSinkTest, EachFormatIsShownInItsColours) {
  // Green: luma 145 in BT.601, whatever the colours of the pipeline are.
  for (const std::string format :
       {"I420", "I420,colorimetry=bt601", "NV12", "NV12,colorimetry=bt601", "RGBA", "RGBx", "BGRA", "BGRx", "RGB"})
    show("video/x-raw,framerate=30/1,width=1280,height=720,format=" + format, "green", 145);
}

TEST_F(UnixFdSinkTest, TheStreamFollowsOtherSizes) {
  show("video/x-raw,format=RGB,width=66,height=64,framerate=10/1", "white", 235);
  EXPECT_EQ(out.size(), (Size{66, 64}));
  show("video/x-raw,format=I420,width=1998,height=1080,framerate=10/1", "black", 16);
  EXPECT_EQ(out.size(), (Size{1998, 1080}));
}

}  // namespace
}  // namespace cs
