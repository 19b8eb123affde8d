// SPDX-License-Identifier: MIT
#include "render/offscreen_target.hpp"

#include <GLES3/gl3.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cubestream/clock.hpp"
#include "render/stamp.hpp"

namespace cs {
namespace {

constexpr int kTrials = 3;                         // timed rounds per mode, after one warm-up round
constexpr std::chrono::milliseconds kEnough{300};  // time limit: large frames are slow, and differ clearly
constexpr double kClearly = 0.9;  // share of the time: a smaller gain may be chance, so the simpler mode is kept

std::string_view name_of(ReadbackMode mode) {
  return kReadbacks.at(static_cast<std::size_t>(mode));
}

}  // namespace

OffscreenTarget::OffscreenTarget(const OffscreenTargetConfig& config, const SceneFactory& make_scene)
    : config_(config), scene_(make_scene()), mode_(config.readback) {
  Target& target = targets_.emplace_back(config_.size);
  if (config_.pixels == PixelFormat::rgba) {
    mode_ = ReadbackMode::direct;
    target.readback = make_rgba_readback(target.framebuffer, config_.size);
  } else if (mode_ == ReadbackMode::automatic) {
    choose_mode(target);
  } else {
    target.readback = make_i420_readback(mode_, target.framebuffer, config_.size);
  }
  if (choice_.empty()) choice_ = name_of(mode_);
}

void OffscreenTarget::choose_mode(Target& target) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  struct Candidate {
    ReadbackMode mode;
    std::unique_ptr<FrameReadback> readback;
    Milliseconds fastest = Milliseconds::max();
  };
  std::vector<Candidate> candidates;
  for (const ReadbackMode mode : {ReadbackMode::direct, ReadbackMode::buffered})
    candidates.push_back({mode, make_i420_readback(mode, target.framebuffer, target.size)});
  std::vector<std::byte> pixels(frame_bytes(target.size, config_.pixels));
  // The modes take turns, so that other load affects all of them. The first round compiles and allocates.
  const TimePoint enough = Clock::now() + kEnough;
  for (int round = 0; round <= kTrials && (round < 2 || Clock::now() < enough); ++round) {
    for (Candidate& candidate : candidates) {
      std::swap(target.readback, candidate.readback);
      const TimePoint began = Clock::now();
      draw(target, {}, {}, pixels, {});
      if (round > 0) candidate.fastest = std::min(candidate.fastest, Milliseconds(Clock::now() - began));
      std::swap(target.readback, candidate.readback);
    }
  }
  Candidate* best = &candidates.front();
  for (Candidate& candidate : candidates)
    if (candidate.fastest < best->fastest * kClearly) best = &candidate;
  mode_ = best->mode;
  target.readback = std::move(best->readback);
  choice_ = name_of(mode_);
  const char* before = " (";
  for (const Candidate& candidate : candidates)
    choice_ +=
        std::exchange(before, ", ") + fmt::format("{} {:.1f} ms", name_of(candidate.mode), candidate.fastest.count());
  choice_ += ")";
}

OffscreenTarget::Target& OffscreenTarget::target_of(Size size) {
  const auto found = std::ranges::find(targets_, size, &Target::size);
  if (found != targets_.end()) return *found;
  Target& target = targets_.emplace_back(size);
  target.readback = config_.pixels == PixelFormat::rgba ? make_rgba_readback(target.framebuffer, size)
                                                        : make_i420_readback(mode_, target.framebuffer, size);
  return target;
}

FrameTimes OffscreenTarget::draw(Size size, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                                 std::span<std::byte> pixels, std::span<const InputEvent> input) {
  return draw(target_of(size), time, stamp, pixels, input);
}

FrameTimes OffscreenTarget::draw(const Target& target, std::chrono::duration<double> time,
                                 std::optional<std::uint32_t> stamp, std::span<std::byte> pixels,
                                 std::span<const InputEvent> input) {
  if (pixels.size() < frame_bytes(target.size, config_.pixels)) throw StartupError("the frame memory is too small");
  FrameTimes times;
  const TimePoint began = Clock::now();
  for (const InputEvent& event : input) scene_->on_input(event);
  scene_->update(time);
  const TimePoint updated = Clock::now();
  target.framebuffer.bind();
  glFrontFace(GL_CW);  // drawing upside down reverses the winding of the triangles
  scene_->draw({.size = target.size, .clip_y = -1.0F});
  if (stamp) draw_stamp(target.size, *stamp);
  glFinish();  // reading would also wait; this measures the drawing separately
  times.update = updated - began;
  times.draw = Clock::now() - updated;
  times.read = target.readback->read(pixels);
  return times;
}

}  // namespace cs
