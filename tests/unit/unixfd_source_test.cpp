// SPDX-License-Identifier: MIT
#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <functional>

#include "base/error.hpp"
#include "base/thread_role.hpp"
#include "fakes/fake_unixfdsink.hpp"
#include "fakes/memory_sink.hpp"
#include "source/external_source.hpp"

namespace cs {
namespace {

using test::FakeUnixFdSink;
using test::MemorySink;
using testing::HasSubstr;

constexpr Size kSize{320, 180};
constexpr std::size_t kI420 = 320 * 180 * 3 / 2;

class UnixFdSourceTest : public testing::Test {
 protected:
  UnixFdSourceTest() {
    enter_thread(ThreadRole::main);
    std::string name = (std::filesystem::temp_directory_path() / "cubestream-unixfd-XXXXXX").string();
    folder = mkdtemp(name.data());
    path = folder + "/gst.sock";
    ExternalSourceConfig config{.listener = Fd(), .size = kSize};
    config.unixfd = UnixFdConnector::Config{
        .path = path, .try_every = std::chrono::milliseconds(10), .after_broken = std::chrono::milliseconds(50)};
    config.on_state = [this](const SourceState& state) { states.push_back(state); };
    source = std::make_unique<ExternalSource>(std::move(config), out, demand, loop, metrics);
    demand.set(Demand::Level::live);
  }
  ~UnixFdSourceTest() override {
    source.reset();
    std::filesystem::remove_all(folder);
  }

  void run_until(const std::function<bool()>& done, const std::string& what) {
    const Timer tick(std::chrono::milliseconds(2), Timer::Repeat::forever, [] {});
    bool is_late = false;
    const Timer limit(std::chrono::seconds(30), Timer::Repeat::once, [&] { is_late = true; });
    while (!done() && !is_late) g_main_context_iteration(nullptr, TRUE);
    ASSERT_TRUE(done()) << "timeout while waiting for: " << what;
  }
  void run_until_said(const std::string& words) {
    run_until([&] { return !states.empty() && states.back().sentence.find(words) != std::string::npos; }, words);
  }
  void run_until_shown(FakeUnixFdSink& sink, unsigned char luma) {
    sink.frame(luma, kI420, luma);
    EXPECT_EQ(sink.released(), luma);
    run_until([&] { return out.count() > 0 && out.luma(0, 0) == luma && states.back().is_ready; }, "the frame");
  }

  std::string folder;
  std::string path;
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  MemorySink out{kSize};
  std::vector<SourceState> states;
  std::unique_ptr<ExternalSource> source;
};

TEST_F(UnixFdSourceTest, ItConnectsToASinkThatStartsLaterAndAgainAfterItsEnd) {
  run_until_said("waiting for the program that draws");
  {
    FakeUnixFdSink sink(path);
    sink.accept();
    sink.caps(320, 180, "I420");
    run_until_shown(sink, 100);
    EXPECT_EQ(metrics.total("producer_connected"), 1);
    sink.send(FakeUnixFdSink::kEos, "");
    run_until_said("has ended; waiting for the program that draws");
    EXPECT_FALSE(states.back().is_ready);
    run_until_shown(sink, 120);
  }
  run_until_said("has ended; waiting for the program that draws");
  EXPECT_EQ(metrics.total("producer_connected"), 0);
  EXPECT_EQ(out.luma(0, 0), 120) << "the last picture stays";
  FakeUnixFdSink sink(path);
  sink.accept();
  sink.caps(320, 180, "I420");
  run_until_shown(sink, 140);
}

TEST_F(UnixFdSourceTest, ASinkThatBreaksTheProtocolIsLeftAndTriedAgain) {
  FakeUnixFdSink sink(path);
  sink.accept();
  sink.send_bytes("GET / HTTP/1.1\r\n\r\n");
  run_until_said("has ended: it says that a command has");
  sink.accept();
  sink.caps(320, 180, "I420");
  run_until_shown(sink, 100);
}

TEST_F(UnixFdSourceTest, WhatIsWrongWithTheFramesIsToldOnce) {
  FakeUnixFdSink sink(path);
  sink.accept();
  sink.caps("video/x-raw(memory:DMABuf), format=(string)DMA_DRM, width=(int)320, height=(int)180");
  run_until_said("dmabuf");
  EXPECT_THAT(states.back().sentence, HasSubstr("videoconvert"));
  EXPECT_FALSE(states.back().is_ready);
  for (int i = 0; i < 5; ++i) {
    sink.frame(7, kI420, 50);
    EXPECT_EQ(sink.released(), 7U);
  }
  sink.caps(320, 180, "I420");
  run_until_shown(sink, 100);
  const auto is_told = [](const SourceState& state) { return state.sentence.find("dmabuf") != std::string::npos; };
  EXPECT_EQ(std::ranges::count_if(states, is_told), 1);
}

TEST_F(UnixFdSourceTest, TheSocketOfAKilledSinkIsRemoved) {
  FakeUnixFdSink sink(path);
  sink.accept();
  sink.stop_listening();
  sink.close();
  run_until([&] { return !std::filesystem::exists(path); }, "the socket to go");
}

TEST(UnixFdConnector, TakesTwoTriesToFindThatASocketIsDead) {
  std::string name = (std::filesystem::temp_directory_path() / "cubestream-unixfd-XXXXXX").string();
  const std::string folder = mkdtemp(name.data());
  const std::string path = folder + "/gst.sock";
  UnixFdConnector connector({.path = path, .try_every = {}});
  FakeUnixFdSink first(path);
  first.stop_listening();
  EXPECT_LT(connector.connect(Clock::now()).get(), 0);
  EXPECT_TRUE(std::filesystem::exists(path)) << "a new one may be about to listen";
  FakeUnixFdSink second(path);
  EXPECT_GE(connector.connect(Clock::now()).get(), 0);
  second.stop_listening();
  EXPECT_LT(connector.connect(Clock::now()).get(), 0);
  EXPECT_LT(connector.connect(Clock::now()).get(), 0);
  EXPECT_FALSE(std::filesystem::exists(path));
  std::filesystem::remove_all(folder);
}

TEST(UnixFdConnector, TriesEvery500MsAndRefusesAnImpossiblePath) {
  UnixFdConnector connector({.path = "/nothing/is/here"});
  const TimePoint now = Clock::now();
  EXPECT_LT(connector.connect(now).get(), 0);
  EXPECT_EQ(connector.due(), now + std::chrono::milliseconds(500));
  connector.ended(now, true);
  EXPECT_EQ(connector.due(), now + std::chrono::seconds(5)) << "after a broken protocol";
  EXPECT_THROW(UnixFdConnector({.path = "/" + std::string(200, 'x')}), StartupError);
}

}  // namespace
}  // namespace cs
