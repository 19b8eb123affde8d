// SPDX-License-Identifier: MIT
// Recordings of a real encoder's stream on a real disk: the contents of the files, and the behaviour when the disk is
// full, missing or hangs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "disk_faults.hpp"
#include "fakes/recorder_fixture.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

namespace cs {
namespace {

/// Limits the file size of this process, so that writes fail as on a full disk.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit small = {bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &small);
  }
  ~FullDisk() { setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_ = {};
};

TEST_F(RecorderTest, RecordsConsecutiveFilesWithoutViewers) {
  record({.mode = RecordMode::on, .segment = 2s});
  until("recording_segments_total", 3);
  recorder->stop([](const Recorder::Report&) {});
  until(Recorder::State::off);
  EXPECT_EQ(line->demand.level(), Demand::Level::none) << "a stopped recording demands no frames";
  const auto paths = files();
  ASSERT_THAT(paths, SizeIs(3));
  std::vector<std::chrono::nanoseconds> durations;
  for (const auto& path : paths) {
    EXPECT_THAT(boxes_of(path), ElementsAre("ftyp", "free", "mdat", "moov")) << "not an ordinary MP4 file";
    const Contents contents = contents_of(path);
    EXPECT_TRUE(contents.begins_with_keyframe);
    EXPECT_GT(contents.frames, 0);
    durations.push_back(contents.duration);
  }
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_GE(durations[i], 2s);
    EXPECT_LT(durations[i], 2s + 2 * kKeyframeInterval) << "no keyframe was requested at the maximum duration";
  }
  EXPECT_EQ(line->metric("recording"), 0);
  EXPECT_EQ(line->metric("recording_errors_total"), 0);
  EXPECT_EQ(line->metric("recording_frames_skipped_total"), 0);
  EXPECT_EQ(line->metric("encoders_running"), 0);
}

TEST_F(RecorderTest, KeepsTheTimeOfEachFrame) {
  record({.mode = RecordMode::on});
  until(Recorder::State::recording);
  until("fanout_frames_total", 60);
  recorder->stop([](const Recorder::Report&) {});
  const auto position = recorder->report();
  until(Recorder::State::off);
  const Contents contents = contents_of(files().at(0));
  // The time stamps are those of 25 frames a second. With stamps from the nominal rate of 30, 60 frames would last 2 s.
  EXPECT_GT(contents.duration, contents.frames * 33ms);
}

TEST_F(RecorderTest, AnotherSizeOfTheSceneBeginsAnotherFile) {
  record({.mode = RecordMode::on});
  until(Recorder::State::recording);
  line->renderer.resize({480, 320});
  until("recording_segments_total", 2);
  until("fanout_frames_total", line->metric("fanout_frames_total") + 10);
  recorder->stop([](const Recorder::Report&) {});
  until(Recorder::State::off);
  const auto paths = files();
  ASSERT_THAT(paths, SizeIs(2));
  const Contents before = contents_of(paths[0]);
  const Contents after = contents_of(paths[1]);
  EXPECT_EQ(before.size, (Size{320, 240}));
  EXPECT_EQ(after.size, (Size{480, 320}));
  EXPECT_GT(before.frames, 0);
  EXPECT_GE(after.frames, 10);
  EXPECT_TRUE(after.begins_with_keyframe);
  EXPECT_EQ(line->metric("recording_errors_total"), 0);
}

TEST_F(RecorderTest, ModeViewersRecordsOnlyWhileThereAreViewers) {
  record({.mode = RecordMode::viewers});
  EXPECT_EQ(recorder->report().state, Recorder::State::off);
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
  recorder->watched(true);
  until(Recorder::State::recording);
  recorder->watched(false);
  until(Recorder::State::off);
  EXPECT_THAT(files(), SizeIs(1));
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(RecorderTest, AnExplicitRequestOverridesTheModeUntilTheNextOne) {
  record({.mode = RecordMode::viewers});
  std::vector<Recorder::State> answers;
  const auto on_answer = [&](const Recorder::Report& report) { answers.push_back(report.state); };
  recorder->start(on_answer);
  line->run_until([&] { return answers.size() == 1; }, "an answer");
  recorder->start(on_answer);
  recorder->watched(true);
  recorder->watched(false);
  EXPECT_EQ(recorder->report().state, Recorder::State::recording) << "a start request was made";
  recorder->stop(on_answer);
  line->run_until([&] { return answers.size() == 3; }, "an answer");
  recorder->watched(true);
  EXPECT_EQ(recorder->report().state, Recorder::State::off);
  recorder->stop(on_answer);
  using State = Recorder::State;
  EXPECT_THAT(answers, ElementsAre(State::recording, State::recording, State::off, State::off));
  EXPECT_THAT(boxes_of(files().at(0)), ElementsAre("ftyp", "free", "mdat", "moov"))
      << "the file is not complete at the answer";
}

TEST_F(RecorderTest, AMissingDirectoryIsAnErrorUntilItIsCreated) {
  const auto mount = directory / "mount";
  store.emplace(Store::Config{mount, 1'000'000}, line->metrics);
  recorder = std::make_unique<Recorder>(Recorder::Config{.mode = RecordMode::on, .pause = Backoff(20ms, 200ms)},
                                        line->channels[0], *store, line->loop, line->metrics);
  until(Recorder::State::waiting);
  EXPECT_THAT(recorder->report().failure->sentence, HasSubstr("No such file or directory"));
  until("recording_errors_total", 3);
  std::filesystem::create_directory(mount);
  until(Recorder::State::recording);
  EXPECT_FALSE(recorder->report().failure);
  recorder.reset();
  EXPECT_FALSE(std::filesystem::is_empty(mount));
}

TEST_F(RecorderTest, AFailedStartRequestGetsTheReasonAndIsNotRetried) {
  store.emplace(Store::Config{directory / "mount", 1'000'000}, line->metrics);
  recorder = std::make_unique<Recorder>(Recorder::Config{}, line->channels[0], *store, line->loop, line->metrics);
  std::optional<Recorder::Report> answer;
  recorder->start([&](const Recorder::Report& report) { answer = report; });
  line->run_until([&] { return answer.has_value(); }, "an answer");
  EXPECT_EQ(answer->state, Recorder::State::off);
  EXPECT_EQ(answer->failure->error, ENOENT);
  EXPECT_EQ(line->demand.level(), Demand::Level::none);
}

TEST_F(RecorderTest, AFullDiskStopsOnlyTheRecordingAndItIsRetried) {
  record({.mode = RecordMode::on, .pause = Backoff(20ms, 200ms)});
  until(Recorder::State::recording);
  {
    const FullDisk full(6'000);
    until(Recorder::State::waiting);
    until("recording_errors_total", 2);
    const std::int64_t before = line->metric("recording_errors_total");
    EXPECT_EQ(line->metric("recording"), 0);
    until("recording_errors_total", before + 1);
  }
  const std::int64_t units = line->metric("fanout_frames_total");
  until(Recorder::State::recording);
  until("fanout_frames_total", units + 1);
  recorder.reset();
  for (const auto& path : files()) EXPECT_GT(contents_of(path).frames, 0) << path << " holds nothing";
}

TEST_F(RecorderTest, StaysWithinTheSizeLimitBySplittingFiles) {
  record({.mode = RecordMode::on}, 40'000);  // grey frames are small
  until("recording_files_deleted_total", 2);
  std::uintmax_t total = 0;
  for (const auto& path : files()) total += std::filesystem::file_size(path);
  EXPECT_LE(total, 40'000U);
  EXPECT_GE(files().size(), 2U);  // four, or fewer if keyframes come late
}

TEST_F(RecorderTest, ShutdownCompletesTheFileWithoutTheMainLoop) {
  record({.mode = RecordMode::on});
  until(Recorder::State::recording);
  recorder->finish();
  recorder.reset();
  ASSERT_THAT(files(), SizeIs(1));
  EXPECT_THAT(boxes_of(files().at(0)), ElementsAre("ftyp", "free", "mdat", "moov"));
}

TEST_F(RecorderTest, AFailedEncoderIsAnErrorAndTheFileIsCompleted) {
  record({.mode = RecordMode::on, .pause = Backoff(20ms, 200ms)});
  until(Recorder::State::recording);
  line->h264.fan_out.end("the encoder is broken");
  EXPECT_EQ(recorder->report().state, Recorder::State::waiting);
  EXPECT_THAT(recorder->report().failure->sentence, HasSubstr("the encoder is broken"));
  until(Recorder::State::recording);
  EXPECT_THAT(boxes_of(files().at(0)), ElementsAre("ftyp", "free", "mdat", "moov"));
}

TEST_F(RecorderTest, AHangingDiskDelaysNothingElse) {
  record({.mode = RecordMode::on, .hang = 1s});
  until(Recorder::State::recording);
  disk_hangs = true;
  line->run_until([] { return hanging_writes > 0; }, "a write that hangs");
  until("fanout_frames_total", line->metric("fanout_frames_total") + 100);
  EXPECT_EQ(recorder->report().state, Recorder::State::recording);
  until("recording_errors_total", 1);
  ASSERT_TRUE(recorder->report().failure);
  EXPECT_EQ(recorder->report().failure->sentence, "the disk of CS_RECORD_DIR does not answer");
  EXPECT_EQ(line->metrics.fact("recording"), "recording: the disk of CS_RECORD_DIR does not answer");
  disk_hangs = false;
  line->run_until([&] { return !recorder->report().failure; }, "an answer of the disk");
  EXPECT_EQ(line->metrics.fact("recording"), "recording");
  EXPECT_EQ(line->metric("recording_errors_total"), 1);
  disk_hangs = true;
  line->run_until([] { return hanging_writes > 0; }, "a write that hangs again");
  recorder->stop([](const Recorder::Report&) {});
  EXPECT_EQ(recorder->report().state, Recorder::State::stopping);
  until("recording_errors_total", 2);
  disk_hangs = false;
  until(Recorder::State::off);
  EXPECT_FALSE(recorder->report().failure) << "the disk answers, and the file is complete";
  recorder->start([](const Recorder::Report&) {});
  until(Recorder::State::recording);
  disk_hangs = true;
  line->run_until([] { return hanging_writes > 0; }, "a write that hangs forever");
  // Shutdown does not wait for the hanging write.
  recorder.reset();
  store.reset();
  disk_hangs = false;
}

}  // namespace
}  // namespace cs
