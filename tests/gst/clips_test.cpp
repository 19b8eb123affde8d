// SPDX-License-Identifier: MIT
// Clips of a real encoder's stream, in memory and on a real disk.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "fakes/recorder_fixture.hpp"
#include "record/clips.hpp"

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::SizeIs;

namespace cs {
namespace {

class ClipsTest : public RecorderTest {
 protected:
  void keep_clips() { clips = std::make_unique<Clips>(1s, line->channels[0], line->loop, line->metrics); }

  std::unique_ptr<Clips> clips;  // destroyed before the line
};

TEST_F(ClipsTest, AClipHoldsTheLastSecondsOfTheStream) {
  keep_clips();
  EXPECT_EQ(line->demand.level(), Demand::Level::live) << "clips need the stream even without viewers";
  std::optional<Clips::Result> answer;
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

TEST_F(ClipsTest, SavesClipsAndMakesAtMostTwoAtOnce) {
  store.emplace(Store::Config{directory, 1'000'000'000}, line->metrics);
  keep_clips();
  until("fanout_frames_total", 10);
  std::vector<Clips::Result> answers;
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

TEST_F(ClipsTest, AClipThatCannotBeSavedReportsTheReason) {
  store.emplace(Store::Config{directory / "mount", 1'000'000'000}, line->metrics);
  keep_clips();
  until("fanout_frames_total", 10);
  std::optional<Clips::Result> answer;
  clips->make([&](const auto& result) { answer = result; }, &*store);
  line->run_until([&] { return answer.has_value(); }, "an answer");
  EXPECT_EQ(std::get<Clips::NoClip>(*answer).error, ENOENT);
}

}  // namespace
}  // namespace cs
