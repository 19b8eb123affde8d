// SPDX-License-Identifier: MIT
// The recording directory and its files: which files are deleted, and what is left when the disk fails.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "record/file_name.hpp"
#include "record/fragmented_mp4_file.hpp"
#include "record/store.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace cs {
namespace {

const std::chrono::system_clock::time_point kWall{1'764'098'503'123ms};  // 2025-11-25, 19:21:43.123 UTC

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
