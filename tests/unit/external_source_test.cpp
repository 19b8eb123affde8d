// SPDX-License-Identifier: MIT
#include "source/external_source.hpp"

#include <fcntl.h>
#include <glib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <functional>

#include "base/thread_role.hpp"
#include "fakes/fake_producer.hpp"
#include "fakes/memory_sink.hpp"
#include "source/producer_socket.hpp"

namespace cs {
namespace {

using test::FakeProducer;
using test::MemorySink;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr Size kSize{320, 180};

class ExternalSourceTest : public testing::Test {
 protected:
  ExternalSourceTest() {
    enter_thread(ThreadRole::main);
    std::string name = (std::filesystem::temp_directory_path() / "cubestream-source-XXXXXX").string();
    folder = mkdtemp(name.data());
    path = folder + "/sub/frames.sock";
    ExternalSourceConfig config{.listener = listen_for_producers(path), .size = kSize};
    config.on_state = [this](const SourceState& state) { states.push_back(state); };
    source = std::make_unique<ExternalSource>(std::move(config), sink, demand, loop, metrics);
  }
  ~ExternalSourceTest() override {
    source.reset();
    std::filesystem::remove_all(folder);
  }

  void run_until(const std::function<bool()>& done, const char* what) {
    const Timer tick(std::chrono::milliseconds(2), Timer::Repeat::forever, [] {});
    bool is_late = false;
    const Timer limit(std::chrono::seconds(30), Timer::Repeat::once, [&] { is_late = true; });
    while (!done() && !is_late) g_main_context_iteration(nullptr, TRUE);
    ASSERT_TRUE(done()) << "timeout while waiting for: " << what;
  }
  void run_until_said(const std::string& words) {
    run_until([&] { return !states.empty() && states.back().sentence.find(words) != std::string::npos; },
              words.c_str());
  }

  /// Answers a request with a white or black frame, and waits until it arrives.
  void answer(FakeProducer& producer, bool is_white) {
    const auto request = producer.receive(FakeProducer::kRequest);
    ASSERT_EQ(request.type(), FakeProducer::kRequest);
    producer.fill(0, is_white ? 255 : 0);
    producer.frame(request.at<std::uint64_t>(8), 0);
    producer.receive(FakeProducer::kRelease);
    run_until([&] { return sink.count() > 0 && sink.luma(0, 0) == (is_white ? 235 : 16); }, "the frame");
  }

  /// Waits until a request, if the source made any, would have been sent.
  void pass_a_deadline(const FakeProducer& producer, const std::string& status) {
    const TimePoint then = Clock::now() + std::chrono::milliseconds(100);  // three frames
    run_until([&] { return Clock::now() > then; }, "the next deadline");
    producer.status(101, status);  // wakes the source, which then tells it at the end of its round
    run_until_said(status);
  }

  std::string folder;
  std::string path;
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  MemorySink sink{kSize};
  std::vector<SourceState> states;
  std::unique_ptr<ExternalSource> source;
};

TEST_F(ExternalSourceTest, ItsSocketIsForItsGroupOnly) {
  struct stat found {};
  ASSERT_EQ(stat(path.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0660U);
}

TEST_F(ExternalSourceTest, NothingIsAskedWhileNobodyWatches) {
  FakeProducer producer(path);
  producer.hello();
  EXPECT_THAT(producer.receive_demand(false), IsEmpty());
  run_until([&] { return !states.empty() && states.back().is_ready; }, "the state ready");
  for (const std::uint64_t number : {1U, 2U}) {
    sink.needs = true;
    const auto frames = sink.count();
    pass_a_deadline(producer, "not watched, " + std::to_string(number));
    EXPECT_EQ(sink.count(), frames);
    demand.set(Demand::Level::live);
    EXPECT_THAT(producer.receive_demand(true), IsEmpty());
    EXPECT_EQ(producer.receive(FakeProducer::kRequest).at<std::uint64_t>(8), number);
    demand.set(Demand::Level::none);
    EXPECT_THAT(producer.receive_demand(false), IsEmpty());
    producer.frame(number, 0);  // an open request would stay open
  }
}

TEST_F(ExternalSourceTest, TheFirstViewerGetsANewPictureAndNoOldOne) {
  FakeProducer producer(path);
  producer.hello();
  demand.set(Demand::Level::live);
  answer(producer, true);
  demand.set(Demand::Level::none);
  while (producer.receive(FakeProducer::kDemand).at<std::uint32_t>(8) != 0) {
  }
  const auto frames = sink.count();
  sink.needs = true;
  demand.set(Demand::Level::live);
  const auto request = producer.receive(FakeProducer::kRequest);
  EXPECT_EQ(sink.count(), frames);
  producer.fill(0, 0);
  producer.frame(request.at<std::uint64_t>(8), 0);
  run_until([&] { return sink.count() > frames; }, "a frame");
  EXPECT_EQ(sink.luma(0, 0), 16);
}

TEST_F(ExternalSourceTest, WithoutAProducerViewersGetAGreyPicture) {
  demand.set(Demand::Level::live);
  run_until([&] { return sink.count() >= 1; }, "the first picture");
  EXPECT_EQ(sink.luma(0, 0), 48);
  sink.needs = true;
  run_until([&] { return sink.count() >= 2; }, "a picture for a keyframe");
}

TEST_F(ExternalSourceTest, AProducerThatEndsIsReplacedByTheNext) {
  demand.set(Demand::Level::live);
  {
    FakeProducer producer(path);
    producer.hello(0, 0, 1, 1, 0, "first");
    answer(producer, true);
    run_until([&] { return !states.empty() && states.back().is_ready; }, "the state ready");
  }
  run_until_said("first");
  EXPECT_THAT(states.back().sentence, HasSubstr("has ended; waiting for the program that draws"));
  EXPECT_FALSE(states.back().is_ready);
  EXPECT_EQ(sink.luma(0, 0), 235) << "the last picture stays";
  FakeProducer producer(path);
  producer.hello(0, 0, 1, 1, 0, "second");
  answer(producer, false);
  const auto times = sink.times();
  EXPECT_TRUE(std::is_sorted(times.begin(), times.end()));
}

TEST_F(ExternalSourceTest, ASecondProducerIsRefusedWithASentence) {
  FakeProducer first(path);
  first.hello(0, 0, 1, 1, 0, "first");
  first.receive(FakeProducer::kDemand);
  FakeProducer second(path);
  run_until([&] { return metrics.total("producers_refused_total") == 1; }, "the refusal");
  second.hello();  // works, although it is refused already
  const auto error = second.receive();
  EXPECT_THAT(error.text(), HasSubstr("another program is connected already: first"));
  EXPECT_EQ(error.code(), 1U);
  EXPECT_TRUE(second.receive().bytes.empty());
  EXPECT_EQ(errno, 0) << "the end, and no reset";
}

TEST_F(ExternalSourceTest, AProducerIsToldThatTheDaemonStops) {
  FakeProducer producer(path);
  producer.hello();
  producer.receive(FakeProducer::kDemand);
  source.reset();
  const auto error = producer.receive(FakeProducer::kError);
  EXPECT_EQ(error.text(), "the daemon stops");
  EXPECT_EQ(error.code(), 2U);
}

TEST_F(ExternalSourceTest, OnlyTheFirstProducerIsAskedForAFirstPicture) {
  demand.set(Demand::Level::live);
  const auto is_first = [](FakeProducer& producer) {
    producer.hello();
    const auto request = producer.receive(FakeProducer::kRequest);
    EXPECT_EQ(request.type(), FakeProducer::kRequest);
    return (request.at<std::uint32_t>(44) & 2U) != 0;
  };
  const auto run_until_free = [this] {  // not by the state, which may be that of the producer before
    run_until([this] { return metrics.total("producer_connected") == 0; }, "the end of the producer");
  };
  {
    FakeProducer producer(path);
    EXPECT_TRUE(is_first(producer));
  }
  run_until_free();
  {
    FakeProducer producer(path);
    EXPECT_TRUE(is_first(producer)) << "the one before drew nothing";
    producer.frame(0, 0);
    producer.receive(FakeProducer::kRelease);
  }
  run_until_free();
  FakeProducer producer(path);
  EXPECT_FALSE(is_first(producer));
}

TEST_F(ExternalSourceTest, AProducerMayWantAKeyframe) {
  demand.set(Demand::Level::live);
  FakeProducer producer(path);
  producer.hello();
  answer(producer, true);
  EXPECT_EQ(sink.keyframes, 0);
  producer.frame(0, 1, 2);
  run_until([&] { return sink.keyframes == 1; }, "the keyframe");
}

TEST_F(ExternalSourceTest, AProducerThatDoesNotAnswerIsNamed) {
  demand.set(Demand::Level::live);
  FakeProducer producer(path);
  producer.hello(0, 0, 1, 1, 0, "slow");
  producer.receive(FakeProducer::kRequest);
  run_until_said("does not answer");
  producer.frame(1, 0);
  run_until([&] { return states.back().is_ready; }, "the state ready");
}

TEST_F(ExternalSourceTest, TheSizeOfThePictureIsTold) {
  demand.set(Demand::Level::live);
  FakeProducer producer(path);
  producer.hello(640, 480);
  answer(producer, true);
  run_until([&] { return !states.empty() && states.back().size == Size{640, 480}; }, "the new size");
  EXPECT_TRUE(states.back().is_ready);
  EXPECT_EQ(states.front().size, kSize);
}

TEST_F(ExternalSourceTest, TheStatusOfTheProducerIsTold) {
  FakeProducer producer(path);
  producer.hello();
  producer.status(40, "loading");
  run_until_said("loading, 40 %");
}

TEST_F(ExternalSourceTest, StatusTextsWithoutPauseAreToldInPart) {
  const TimePoint before = Clock::now();
  FakeProducer producer(path);
  producer.hello();
  for (int i = 0; i < 400; ++i) producer.status(101, "number " + std::to_string(i));
  producer.status(101, "the last");
  run_until_said("the last");
  EXPECT_LE(states.size(), 11U + static_cast<std::size_t>((Clock::now() - before) / std::chrono::milliseconds(500)));
}

TEST_F(ExternalSourceTest, ProgramsThatConnectWithoutPauseAreAcceptedSlowly) {
  const TimePoint before = Clock::now();
  for (int i = 0; i < 12; ++i) {
    FakeProducer producer(path);
    producer.send(std::vector<std::byte>(100, std::byte{7}));
    producer.receive(FakeProducer::kError);
  }
  EXPECT_GE(Clock::now() - before, std::chrono::milliseconds(1000)) << "ten at once, then two a second";
}

TEST_F(ExternalSourceTest, AProducerThatHangsWithAStatusIsNotReady) {
  demand.set(Demand::Level::live);
  FakeProducer producer(path);
  producer.hello();
  answer(producer, true);
  run_until([&] { return !states.empty() && states.back().is_ready; }, "the state ready");
  producer.status(101, "changing the scene");
  run_until_said("changing the scene");
  EXPECT_TRUE(states.back().is_ready);
  run_until([&] { return !states.back().is_ready; }, "the state not ready");
  EXPECT_EQ(states.back().sentence, "changing the scene");
}

TEST_F(ExternalSourceTest, ATerribleProducerDisturbsNothing) {
  demand.set(Demand::Level::live);
  {
    FakeProducer producer(path);
    producer.send(std::vector<std::byte>(1000, std::byte{7}));
    EXPECT_EQ(producer.receive(FakeProducer::kError).type(), FakeProducer::kError);
  }
  FakeProducer producer(path);
  producer.hello();
  answer(producer, true);
  for (const auto& slot : producer.slots) std::memset(slot.data(), 0, slot.size());  // after its frame
  const auto frames = sink.count();
  sink.needs = true;
  run_until([&] { return sink.count() > frames; }, "the same picture again");
  EXPECT_EQ(sink.luma(0, 0), 235);
}

}  // namespace
}  // namespace cs
