// SPDX-License-Identifier: MIT
// Recordings and clips of a real encoder's stream on a real disk: the contents of the files, and the behaviour when the
// disk is full, missing or hangs.
#include <gmock/gmock.h>
#include <gst/app/gstappsink.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <semaphore>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "disk_faults.hpp"
#include "fakes/line.hpp"
#include "record/clips.hpp"
#include "record/recorder.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

namespace cs {
namespace {

struct Contents {
  int frames = 0;                        ///< number of decoded frames
  std::chrono::nanoseconds duration{0};  ///< from the start of the first frame to the end of the last
  bool begins_with_keyframe = false;
};

/// Decodes an MP4 file, complete or truncated.
Contents contents_of(const std::filesystem::path& path) {
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
  while (adopt(gst_app_sink_pull_sample(GST_APP_SINK(frames.get())))) ++contents.frames;
  gst_element_set_state(pipeline.get(), GST_STATE_NULL);
  return contents;
}

/// Returns the names of the top-level boxes of an MP4 file.
std::vector<std::string> boxes_of(const std::filesystem::path& path) {
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

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    start_gstreamer();
    char pattern[] = "/tmp/cubestream-test-XXXXXX";
    directory = mkdtemp(pattern);
    line = std::make_unique<Line>(Viewers::Config{}, kAheadOfTimePace);
  }
  ~RecorderTest() override {
    clips.reset();
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
  std::unique_ptr<Clips> clips;
};

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

/// Passes the muxer's output to a function.
class WriteTo final : public Mux::Output {
 public:
  using Write = std::function<void(std::uint64_t offset, std::span<const std::byte> bytes)>;

  explicit WriteTo(Write write) : write_(std::move(write)) {}

 private:
  void write(std::uint64_t offset, std::span<const std::byte> bytes) override { write_(offset, bytes); }
  void on_end() override {}
  void on_error(const std::string& what) override { ADD_FAILURE() << what; }

  const Write write_;
};

/// Counts complete segments.
struct EndCounter final : Segment::Observer {
  void on_end(Segment& /*segment*/) override { ++ended; }
  void on_error(Segment& /*segment*/, const StoreFailure& failure) override { ADD_FAILURE() << failure.sentence; }

  int ended = 0;
};

/// Tests of the muxer alone, with access units of a real stream.
class MuxTest : public RecorderTest {
 protected:
  /// Encodes `count` access units with the named encoder; the first is a keyframe.
  std::vector<AccessUnit> encode(std::string_view encoder, std::size_t count) {
    FrameDistributor frames(1, demand, line->metrics);
    Demand stream_demand;
    std::mutex mutex;
    std::vector<AccessUnit> units;
    StreamEncoder stream({.stream = kStream, .candidates = candidate_encoders(encoder, kStream)}, stream_demand,
                         {.on_unit =
                              [&](const AccessUnit& unit) {
                                const std::lock_guard lock(mutex);
                                units.push_back(unit);
                              },
                          .on_failed = [](const std::string& why) { ADD_FAILURE() << why; }},
                         frames, line->loop, line->metrics);
    {
      stream_demand.set(Demand::Level::live);
      const FakeRenderer renderer(frames, demand, kAheadOfTimePace);
      line->run_until(
          [&] {
            const std::lock_guard lock(mutex);
            return units.size() >= count;
          },
          "units");
    }
    stream_demand.set(Demand::Level::none);
    units.resize(count);
    // Exactly 30 a second.
    for (std::size_t i = 0; i < count; ++i) units[i].captured_at = TimePoint(1h) + i * 33'333'333ns;
    return units;
  }

  static constexpr Stream kStream{.codec = Codec::h264, .format = {.size = {320, 240}, .fps = 30}, .bitrate_kbps = 800};
  Demand demand;
};

TEST_F(MuxTest, ATruncatedFileLosesOnlyTheLastFragment) {
  const auto units = encode("auto", 90);
  std::mutex mutex;
  std::string written;
  WriteTo output([&](std::uint64_t offset, std::span<const std::byte> bytes) {
    const std::lock_guard lock(mutex);
    written.resize(std::max<std::size_t>(written.size(), offset + bytes.size()));
    std::ranges::copy(bytes, std::as_writable_bytes(std::span(written)).subspan(offset).begin());
  });
  Mux mux("test", kStream, output, line->loop);
  const auto playable = [&] {
    {
      const std::lock_guard lock(mutex);
      if (written.find("moov") == std::string::npos) return 0;
      std::ofstream(directory / "cut.mp4", std::ios::binary) << written;
    }
    return contents_of(directory / "cut.mp4").frames;
  };
  // At most 250 ms and two frames may be lost, rounded up to whole frames.
  constexpr int kMostLost = 8 + 2;
  int pushed = 0;
  for (const AccessUnit& unit : units) {
    mux.push(unit);
    if (++pushed % 30 == 0)
      line->run_until([&] { return playable() >= pushed - kMostLost; }, "the frames that may not be lost");
  }
}

TEST_F(MuxTest, AHangingDiskDoesNotBlockAndTheQueueIsBounded) {
  const auto units = encode("auto", 30);
  std::binary_semaphore disk(0);
  WriteTo output([&](std::uint64_t, std::span<const std::byte>) {
    disk.acquire();
    disk.release();
  });
  Mux mux("test", kStream, output, line->loop);
  mux.push(units[0]);
  std::size_t bytes = 0;
  for (std::size_t i = 1; mux.has_room(); ++i) {
    AccessUnit unit = units[i % 29 + 1];
    unit.captured_at = units[0].captured_at + i * 33ms;
    mux.push(unit);
    bytes += unit.data.size();
    ASSERT_LT(bytes, 40'000'000U) << "the queue is not bounded";
  }
  disk.release();
  line->run_until([&] { return mux.has_room(); }, "space in the queue");
}

/// LeakSanitizer checks that the muxer releases its access units.
TEST_F(MuxTest, MayBeDestroyedDuringAnyWrite) {
  const auto units = encode("auto", 24);  // three fragments
  int writes = 0;
  int stop_at = 0;
  std::binary_semaphore reached(0);
  WriteTo output([&](std::uint64_t, std::span<const std::byte>) {
    if (++writes != stop_at) return;
    reached.release();
    std::this_thread::sleep_for(10ms);  // so that ~Mux has begun
  });
  const auto start = [&] {
    writes = 0;
    auto mux = std::make_unique<Mux>("test", kStream, output, line->loop);
    for (const AccessUnit& unit : units) mux->push(unit);
    mux->finish();
    return mux;
  };
  ASSERT_TRUE(start()->wait_for_end(60s));
  const int all_writes = writes;
  for (stop_at = 1; stop_at <= all_writes; ++stop_at) {
    auto mux = start();
    reached.acquire();
    mux.reset();
  }
}

TEST_F(MuxTest, TheStreamOfAnotherEncoderBeginsANewFile) {
  store.emplace(Store::Config{directory, 1'000'000'000}, line->metrics);
  EndCounter ends;
  const auto segment = [&] {
    return std::make_unique<Segment>("test", FileKind::segment, kStream, *store, ends, line->loop, line->metrics);
  };
  int changes = 0;
  const Wakeup changed([&] { ++changes; });
  RecorderSink sink(
      {.length = 1h, .bytes = 1'000'000'000}, [] {}, changed, line->metrics);
  EXPECT_FALSE(sink.has_room()) << "no segment was set yet";
  EXPECT_EQ(line->metric("recording_frames_skipped_total"), 1);
  sink.stand_by(segment());
  EXPECT_TRUE(sink.has_room());
  for (const AccessUnit& unit : encode("x264enc", 20)) sink.push(unit);
  EXPECT_TRUE(sink.wants_next());
  sink.stand_by(segment());
  for (const AccessUnit& unit : encode("openh264enc", 20)) sink.push(unit);
  line->run_until([&] { return changes == 2; }, "both changes");
  auto replaced = sink.collect();
  ASSERT_THAT(replaced, SizeIs(1));
  const auto last = sink.finish();
  line->run_until([&] { return ends.ended == 2; }, "both ends");
  for (const auto& path : files()) EXPECT_EQ(contents_of(path).frames, 20);
  EXPECT_THAT(files(), SizeIs(2));
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

TEST_F(RecorderTest, AClipHoldsTheLastSecondsOfTheStream) {
  clips = std::make_unique<Clips>(1s, line->channels[0], line->loop, line->metrics);
  EXPECT_EQ(line->demand.level(), Demand::Level::live) << "clips need the stream even without viewers";
  std::optional<std::variant<Clips::Clip, Clips::NoClip>> answer;
  const auto on_answer = [&](const auto& result) { answer = result; };
  clips->make(on_answer);
  EXPECT_EQ(std::get<Clips::NoClip>(answer.value()).why, Clips::NoClip::Why::nothing_yet);
  until("fanout_frames_total", 150);  // more than a clip holds
  answer.reset();
  clips->make(on_answer);
  line->run_until([&] { return answer.has_value(); }, "a clip");
  const auto& clip = std::get<Clips::Clip>(answer.value());
  std::ofstream(directory / "clip.mp4", std::ios::binary) << *clip.file;
  EXPECT_THAT(boxes_of(directory / "clip.mp4"), ElementsAre("ftyp", "free", "mdat", "moov"));
  const Contents contents = contents_of(directory / "clip.mp4");
  EXPECT_TRUE(contents.begins_with_keyframe);
  EXPECT_GE(contents.duration, 1s);
  EXPECT_LT(contents.duration, 4s) << "a clip holds one second and the part since the keyframe before";
  EXPECT_TRUE(is_our_file(clip.name));
  EXPECT_GT(line->metric("clip_memory_bytes"), 0);
}

TEST_F(RecorderTest, SavesClipsAndMakesAtMostTwoAtOnce) {
  store.emplace(Store::Config{directory, 1'000'000'000}, line->metrics);
  clips = std::make_unique<Clips>(1s, line->channels[0], line->loop, line->metrics);
  until("fanout_frames_total", 10);
  std::vector<std::variant<Clips::Clip, Clips::NoClip>> answers;
  for (int i = 0; i < 3; ++i) clips->make([&](const auto& result) { answers.push_back(result); }, &*store);
  EXPECT_EQ(std::get<Clips::NoClip>(answers.at(0)).why, Clips::NoClip::Why::busy);
  line->run_until([&] { return answers.size() == 3; }, "both clips");
  for (std::size_t i = 1; i < 3; ++i) {
    const auto& clip = std::get<Clips::Clip>(answers[i]);
    EXPECT_EQ(clip.file, nullptr);
    EXPECT_GT(contents_of(directory / clip.name).frames, 0);
  }
  EXPECT_THAT(files(), SizeIs(2));
  EXPECT_EQ(line->metric("clips_saved_total"), 2);
}

TEST_F(RecorderTest, AClipThatCannotBeSavedReportsTheReason) {
  store.emplace(Store::Config{directory / "mount", 1'000'000'000}, line->metrics);
  clips = std::make_unique<Clips>(1s, line->channels[0], line->loop, line->metrics);
  until("fanout_frames_total", 10);
  std::optional<std::variant<Clips::Clip, Clips::NoClip>> answer;
  clips->make([&](const auto& result) { answer = result; }, &*store);
  line->run_until([&] { return answer.has_value(); }, "an answer");
  EXPECT_EQ(std::get<Clips::NoClip>(*answer).error, ENOENT);
}

}  // namespace
}  // namespace cs
