// SPDX-License-Identifier: MIT
// The decisions of a recording: when files change, their names, which files are deleted, and what a clip holds.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/metrics.hpp"
#include "loop/loop.hpp"
#include "record/backoff.hpp"
#include "record/clip_ring.hpp"
#include "record/clips.hpp"
#include "record/file_name.hpp"
#include "record/fragmented_mp4_file.hpp"
#include "record/retention.hpp"
#include "record/segment_clock.hpp"
#include "record/store.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace cs {
namespace {

const TimePoint kStart{std::chrono::hours(1)};
const std::chrono::system_clock::time_point kWall{1'764'098'503'123ms};  // 2025-11-25, 19:21:43.123 UTC

using Step = SegmentClock::Step;

/// A stream that answers each keyframe request with its next access unit.
class FakeStream final : public Broadcast {
 public:
  std::unique_ptr<Subscription> subscribe(AccessUnitSink& subscriber, Ended /*on_ended*/) override {
    struct Place final : Subscription {
      void start() override {}
    };
    sink = &subscriber;
    return std::make_unique<Place>();
  }
  std::function<void()> keyframe_requester() override {
    return [this] { is_keyframe = true; };
  }

  /// Pushes one minute of access units; returns the times of the keyframes.
  std::vector<std::chrono::milliseconds> run(int fps) {
    std::vector<std::chrono::milliseconds> keyframes;
    const auto gap = 1000ms / fps;
    auto late = 0ms;
    for (auto at = 0ms; at < 60s; at += gap) {
      AccessUnit unit;
      late = 1ms - late;  // jitter of 1 ms
      unit.captured_at = kStart + at + late;
      unit.keyframe = std::exchange(is_keyframe, false);
      if (unit.keyframe) keyframes.push_back(at);
      sink->push(unit);
    }
    return keyframes;
  }

  AccessUnitSink* sink = nullptr;
  bool is_keyframe = true;
};

TEST(Clips, RequestAKeyframeEveryTwoSecondsAtAnyFrameRate) {
  for (const int fps : {1, 2, 5, 25, 100}) {
    Metrics metrics;
    Loop loop(metrics);
    FakeStream stream;
    const Clips clips(3s, {.stream = {}, .broadcast = &stream}, loop, metrics);
    const auto keyframes = stream.run(fps);
    ASSERT_EQ(keyframes.size(), 30U) << fps;
    for (std::size_t i = 0; i < keyframes.size(); ++i) EXPECT_EQ(keyframes[i], static_cast<int>(i) * 2s) << fps;
  }
}

TEST(SegmentClock, RequestsAKeyframeAfterTheMaximumDurationAndChangesFilesAtIt) {
  SegmentClock clock({.length = 10s, .bytes = 1'000'000});
  clock.begin(kStart);
  EXPECT_EQ(clock.on_unit(true, kStart, 100), Step::go_on);
  EXPECT_EQ(clock.on_unit(true, kStart + 9'999ms, 100), Step::go_on)
      << "a keyframe before the maximum duration does not change files";
  EXPECT_EQ(clock.on_unit(false, kStart + 10s, 100), Step::ask_for_keyframe);
  EXPECT_EQ(clock.on_unit(false, kStart + 11s, 100), Step::ask_for_keyframe);
  EXPECT_EQ(clock.on_unit(true, kStart + 12s, 100), Step::change);
  clock.begin(kStart + 12s);
  EXPECT_EQ(clock.on_unit(true, kStart + 21s, 100), Step::go_on);
}

TEST(SegmentClock, ChangesFilesBeforeTheMaximumDurationWhenAFileIsTooLarge) {
  SegmentClock clock({.length = 10s, .bytes = 1000});
  clock.begin(kStart);
  EXPECT_EQ(clock.on_unit(true, kStart, 600), Step::go_on);
  EXPECT_EQ(clock.on_unit(false, kStart + 1s, 600), Step::go_on);
  EXPECT_EQ(clock.on_unit(false, kStart + 2s, 600), Step::ask_for_keyframe);
  EXPECT_EQ(clock.on_unit(true, kStart + 3s, 600), Step::change);
  clock.begin(kStart + 3s);
  EXPECT_EQ(clock.on_unit(false, kStart + 4s, 600), Step::go_on);
}

TEST(Backoff, DoublesUpToTheMaximumAndRestartsAfterALongRun) {
  Backoff pause(5s, 60s);
  for (const auto expected : {5s, 10s, 20s, 40s, 60s, 60s}) EXPECT_EQ(pause.after_failure(1s), expected);
  EXPECT_EQ(pause.after_failure(60s), 5s);
  EXPECT_EQ(pause.after_failure(0s), 10s);
}

TEST(FileName, ContainsTheStartTimeAndSortsByIt) {
  EXPECT_EQ(file_name(FileKind::segment, kWall), "cubestream-20251125T192143.123Z.mp4");
  EXPECT_EQ(file_name(FileKind::clip, kWall), "cubestream-20251125T192143.123Z-clip.mp4");
  EXPECT_EQ(iso_time(kWall), "2025-11-25T19:21:43.123Z");
  std::vector<std::string> names;
  for (const auto later : {0ms, 1ms, 999ms, 1'000ms, 60'000ms, 86'400'000ms})
    names.push_back(file_name(FileKind::segment, kWall + later));
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST(FileName, RecognizesOnlyRecordingsOfThisServer) {
  for (const char* name : {"cubestream-20251125T192143.123Z.mp4", "cubestream-20251125T192143.123Z-clip.mp4"})
    EXPECT_TRUE(is_our_file(name)) << name;
  for (const char* name : {"", ".mp4", "holiday.mp4", "cubestream.mp4", "cubestream-20251125T192143.123Z",
                           "cubestream-20251125T192143Z.mp4", "cubestream-20251125T192143.123Z.mp4.part",
                           "xcubestream-20251125T192143.123Z.mp4", "cubestream-2025112xT192143.123Z.mp4",
                           "cubestream-20251125T192143.123Z-best.mp4", "cubestream-20251125T192143.123Z-clip-clip.mp4"})
    EXPECT_FALSE(is_our_file(name)) << name;
}

TEST(Retention, DeletesTheOldestFilesUntilTheRestFits) {
  const std::vector<KeptFile> files = {{"c", 40}, {"a", 30}, {"b", 20}, {"d", 10, true}};
  EXPECT_THAT(choose_to_delete(files, 100), IsEmpty());
  EXPECT_THAT(choose_to_delete(files, 99), ElementsAre("a"));
  EXPECT_THAT(choose_to_delete(files, 70), ElementsAre("a"));
  EXPECT_THAT(choose_to_delete(files, 69), ElementsAre("a", "b"));
  EXPECT_THAT(choose_to_delete(files, 0), ElementsAre("a", "b", "c")) << "a file that is being written is kept";
}

AccessUnit unit(std::chrono::milliseconds at, bool keyframe, std::size_t bytes = 10) {
  static const std::array<std::byte, 1000> kData = {};
  return {.owner = {},
          .data = std::span(kData).first(bytes),
          .parts = {},
          .captured_at = kStart + at,
          .keyframe = keyframe};
}

UnitGroup units_of(const ClipRing& ring) {
  UnitGroup units;
  for (const auto& group : ring.groups()) units.insert(units.end(), group->begin(), group->end());
  return units;
}

std::pair<std::chrono::milliseconds, std::chrono::milliseconds> span_of(const ClipRing& ring) {
  const auto units = units_of(ring);
  if (units.empty()) return {-1ms, -1ms};
  const auto since = [](const AccessUnit& one) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(one.captured_at - kStart);
  };
  return {since(units.front()), since(units.back())};
}

TEST(ClipRing, BeginsAtAKeyframeAndHoldsAtLeastTheConfiguredLength) {
  ClipRing ring({.length = 4s, .bytes = 1'000'000});
  ring.push(unit(-33ms, false));
  EXPECT_THAT(units_of(ring), IsEmpty()) << "nothing can be played before a keyframe";
  for (auto at = 0ms; at <= 20s; at += 100ms) {
    EXPECT_FALSE(ring.push(unit(at, at % 2000ms == 0ms)));
    const auto [first, last] = span_of(ring);
    EXPECT_TRUE(units_of(ring).front().keyframe);
    EXPECT_EQ(last, at);
    EXPECT_GE(last - first, std::min<std::chrono::milliseconds>(4s, at));
    EXPECT_LT(last - first, 6s);
    EXPECT_EQ(ring.bytes(), 10 * units_of(ring).size());
  }
}

TEST(ClipRing, ReturnedGroupsDoNotChangeLater) {
  ClipRing ring({.length = 4s, .bytes = 1'000'000});
  ring.push(unit(0ms, true));
  ring.push(unit(33ms, false));
  const auto before = ring.groups();
  ring.push(unit(66ms, false));
  ring.push(unit(99ms, true));
  ASSERT_EQ(before.size(), 1U);
  EXPECT_EQ(before[0]->size(), 2U);
  EXPECT_EQ(ring.groups().size(), 2U);
  EXPECT_EQ(ring.groups()[0]->size(), 3U);
}

TEST(ClipRing, SharesCompleteGroupsAndCopiesOnlyTheLast) {
  ClipRing ring({.length = 100s, .bytes = 1'000'000});
  for (auto at = 0ms; at <= 5s; at += 100ms) ring.push(unit(at, at % 2000ms == 0ms));
  const auto first = ring.groups();
  const auto second = ring.groups();
  ASSERT_EQ(first.size(), 3U);
  ASSERT_EQ(second.size(), 3U);
  EXPECT_EQ(first[0], second[0]);
  EXPECT_EQ(first[1], second[1]);
  EXPECT_NE(first[2], second[2]) << "the last group is still growing";
}

TEST(ClipRing, StaysWithinTheMemoryLimit) {
  ClipRing ring({.length = 100s, .bytes = 5000});
  bool discarded = false;
  for (auto at = 0ms; at < 60s; at += 100ms) {
    discarded = ring.push(unit(at, at % 2000ms == 0ms, 100)) || discarded;
    EXPECT_LE(ring.bytes(), 5000U);
    EXPECT_TRUE(units_of(ring).empty() || units_of(ring).front().keyframe);
  }
  EXPECT_TRUE(discarded);
  EXPECT_GE(units_of(ring).size(), 20U) << "groups that fit are kept";
}

TEST(ClipRing, DiscardsAWholeGroupThatExceedsTheLimit) {
  ClipRing ring({.length = 100s, .bytes = 250});
  EXPECT_FALSE(ring.push(unit(0ms, true, 100)));
  EXPECT_FALSE(ring.push(unit(33ms, false, 100)));
  EXPECT_TRUE(ring.push(unit(66ms, false, 100)));
  EXPECT_THAT(units_of(ring), IsEmpty());
  EXPECT_FALSE(ring.push(unit(99ms, false, 100))) << "access units before the next keyframe cannot be decoded";
  EXPECT_THAT(units_of(ring), IsEmpty());
  EXPECT_FALSE(ring.push(unit(133ms, true, 100)));
  EXPECT_EQ(ring.bytes(), 100U);
}

/// Gives each test its own directory.
class StoreTest : public testing::Test {
 protected:
  StoreTest() {
    char pattern[] = "/tmp/cubestream-test-XXXXXX";
    directory = mkdtemp(pattern);
  }
  ~StoreTest() override { std::filesystem::remove_all(directory); }

  void put(const std::string& name, std::size_t bytes) const {
    std::ofstream(directory / name) << std::string(bytes, 'x');
  }
  [[nodiscard]] std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(directory)) result.push_back(entry.path().filename());
    std::ranges::sort(result);
    return result;
  }

  std::filesystem::path directory;
  Metrics metrics;
};

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

const std::string kIndex = std::string("\0\0\0\x08", 4) + "moof";

TEST_F(StoreTest, DeletesTheOldestRecordingAndNoOtherFile) {
  const std::string old = file_name(FileKind::segment, kWall - 2h);
  const std::string newer = file_name(FileKind::clip, kWall - 1h);
  for (const std::string& name : {old, newer}) put(name, 400);
  put("holiday.mp4", 5000);
  std::filesystem::create_directory(directory / file_name(FileKind::segment, kWall - 3h));
  std::filesystem::create_symlink("holiday.mp4", directory / file_name(FileKind::segment, kWall - 4h));
  Store store({directory, 1000}, metrics);
  FragmentedMp4File file(store, FileKind::segment, metrics);
  file.set_start(kWall);
  EXPECT_FALSE(file.write(0, bytes_of(std::string(150, 'x'))));
  EXPECT_EQ(names().size(), 6U);
  EXPECT_FALSE(file.write(150, bytes_of(std::string(150, 'x'))));
  EXPECT_EQ(metrics.get("recording_files_deleted_total").value(), 1);
  EXPECT_FALSE(std::filesystem::exists(directory / old));
  EXPECT_FALSE(file.write(300, bytes_of(std::string(5000, 'x'))));
  EXPECT_THAT(names(), ElementsAre(file_name(FileKind::segment, kWall - 4h), file_name(FileKind::segment, kWall - 3h),
                                   file.name(), "holiday.mp4"));
}

TEST_F(StoreTest, DoesNotDeleteAFileThatAnotherServerIsWriting) {
  const std::string theirs = file_name(FileKind::segment, kWall - 2h);
  put(theirs, 2000);
  const Fd held(open((directory / theirs).c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_EQ(flock(held.get(), LOCK_EX | LOCK_NB), 0);
  Store store({directory, 1000}, metrics);
  FragmentedMp4File file(store, FileKind::segment, metrics);
  file.set_start(kWall);
  EXPECT_FALSE(file.write(0, bytes_of("x")));
  EXPECT_TRUE(std::filesystem::exists(directory / theirs));
  EXPECT_EQ(metrics.get("recording_files_deleted_total").value(), 0);
}

TEST_F(StoreTest, TwoFilesWithTheSameStartTimeGetDifferentNames) {
  Store store({directory, 1000}, metrics);
  FragmentedMp4File first(store, FileKind::segment, metrics);
  FragmentedMp4File second(store, FileKind::segment, metrics);
  for (FragmentedMp4File* file : {&first, &second}) {
    file->set_start(kWall);
    EXPECT_FALSE(file->write(0, bytes_of("x")));
  }
  EXPECT_THAT(names(), ElementsAre(file_name(FileKind::segment, kWall), file_name(FileKind::segment, kWall + 1ms)));
}

TEST_F(StoreTest, AMissingDirectoryIsReportedWithARemedy) {
  Store store({directory / "mount", 1000}, metrics);
  FragmentedMp4File file(store, FileKind::segment, metrics);
  file.set_start(kWall);
  const auto failure = file.write(0, bytes_of("x"));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error, ENOENT);
  EXPECT_THAT(failure->sentence, HasSubstr("cannot write " + (directory / "mount").string()));
  EXPECT_THAT(failure->sentence, HasSubstr("CS_RECORD_DIR"));
  EXPECT_EQ(metrics.get("recording_segments_total").value(), 0);
}

TEST_F(StoreTest, WritingToADeletedFileFails) {
  Store store({directory, 1'000'000}, metrics);
  FragmentedMp4File file(store, FileKind::segment, metrics);
  file.set_start(kWall);
  EXPECT_FALSE(file.write(0, bytes_of(kIndex)));
  std::filesystem::remove(directory / file.name());
  const auto failure = file.write(8, bytes_of(kIndex));
  ASSERT_TRUE(failure);
  EXPECT_EQ(failure->error, ENOENT);
  EXPECT_TRUE(file.write(16, bytes_of("x"))) << "later writes fail too";
}

TEST_F(StoreTest, AFullDiskLeavesOnlyThePlayablePart) {
  // A file size limit of 100 bytes: a write beyond it fails as on a full disk.
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit small = {100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &small);
  {
    Store store({directory, 1'000'000}, metrics);
    FragmentedMp4File unplayable(store, FileKind::segment, metrics);
    unplayable.set_start(kWall);
    EXPECT_TRUE(unplayable.write(0, bytes_of(std::string(200, 'x'))));
    EXPECT_THAT(names(), IsEmpty());

    FragmentedMp4File file(store, FileKind::segment, metrics);
    file.set_start(kWall);
    EXPECT_FALSE(file.write(0, bytes_of("data")));
    EXPECT_FALSE(file.write(4, bytes_of(kIndex)));
    const auto failure = file.write(12, bytes_of(std::string(200, 'x')));
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->error, EFBIG);
    EXPECT_EQ(std::filesystem::file_size(directory / file.name()), 12U);
  }
  setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, ignored);
}

TEST(Index, IsRecognizedByItsBoxName) {
  EXPECT_TRUE(is_index(bytes_of(kIndex)));
  EXPECT_TRUE(is_index(bytes_of(std::string("\0\0\1\0moov....", 12))));
  EXPECT_FALSE(is_index(bytes_of(std::string("\0\0\1\0mdat....", 12))));
  EXPECT_FALSE(is_index(bytes_of("moov")));
}

}  // namespace
}  // namespace cs
