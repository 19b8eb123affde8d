// SPDX-License-Identifier: MIT
// The decisions of a recording: when files change, their names, and which files are deleted.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "record/file_name.hpp"
#include "record/retention.hpp"
#include "record/segment_clock.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

namespace cs {
namespace {

const TimePoint kStart{std::chrono::hours(1)};
const std::chrono::system_clock::time_point kWall{1'764'098'503'123ms};  // 2025-11-25, 19:21:43.123 UTC

using Step = SegmentClock::Step;

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

}  // namespace
}  // namespace cs
