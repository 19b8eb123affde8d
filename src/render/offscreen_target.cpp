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

constexpr int kTrials = 3;                         // of each way, after one that compiles and allocates
constexpr std::chrono::milliseconds kEnough{300};  // large pictures take long, and differ clearly
constexpr double kClearly = 0.9;  // of the time: a little faster may be chance, and the simpler way stands first

std::string_view name_of(ReadbackMode way) {
  return kReadbacks.at(static_cast<std::size_t>(way));
}

}  // namespace

OffscreenTarget::OffscreenTarget(const OffscreenTargetConfig& config, const SceneFactory& make_scene)
    : config_(config), scene_(make_scene()), way_(config.readback) {
  Target& target = targets_.emplace_back(config_.size);
  if (config_.pixels == PixelFormat::rgba) {
    way_ = ReadbackMode::direct;
    target.readback = make_rgba_readback(target.framebuffer, config_.size);
  } else if (way_ == ReadbackMode::automatic) {
    choose(target);
  } else {
    target.readback = make_i420_reader(way_, target.framebuffer, config_.size);
    if (!target.readback)
      throw StartupError(
          fmt::format("pictures of {}x{} cannot be read back by \"{}\", which needs a width that eight divides; "
                      "set CS_READBACK=auto",
                      config_.size.width, config_.size.height, name_of(way_)));
  }
  if (choice_.empty()) choice_ = name_of(way_);
}

void OffscreenTarget::choose(Target& target) {
  using Milliseconds = std::chrono::duration<double, std::milli>;
  struct Candidate {
    ReadbackMode way;
    std::unique_ptr<FrameReadback> readback;
    Milliseconds fastest = Milliseconds::max();
  };
  std::vector<Candidate> candidates;
  for (const ReadbackMode way : {ReadbackMode::direct, ReadbackMode::buffered, ReadbackMode::shader})
    if (auto readback = make_i420_reader(way, target.framebuffer, target.size))
      candidates.push_back({way, std::move(readback)});
  std::vector<std::byte> pixels(frame_bytes(target.size, config_.pixels));
  // In turns, so that what else the machine does meets all of them. The first round compiles and allocates.
  const TimePoint enough = Clock::now() + kEnough;
  for (int round = 0; round <= kTrials && (round < 2 || Clock::now() < enough); ++round) {
    for (Candidate& candidate : candidates) {
      std::swap(target.readback, candidate.readback);
      const TimePoint began = Clock::now();
      draw(target, {}, {}, pixels);
      if (round > 0) candidate.fastest = std::min(candidate.fastest, Milliseconds(Clock::now() - began));
      std::swap(target.readback, candidate.readback);
    }
  }
  Candidate* best = &candidates.front();
  for (Candidate& candidate : candidates)
    if (candidate.fastest < best->fastest * kClearly) best = &candidate;
  way_ = best->way;
  target.readback = std::move(best->readback);
  choice_ = name_of(way_);
  const char* before = " (";
  for (const Candidate& candidate : candidates)
    choice_ +=
        std::exchange(before, ", ") + fmt::format("{} {:.1f} ms", name_of(candidate.way), candidate.fastest.count());
  choice_ += ")";
}

OffscreenTarget::Target& OffscreenTarget::target_of(Size size) {
  const auto found = std::ranges::find(targets_, size, &Target::size);
  if (found != targets_.end()) return *found;
  Target& target = targets_.emplace_back(size);
  target.readback = config_.pixels == PixelFormat::rgba ? make_rgba_readback(target.framebuffer, size)
                                                        : make_i420_reader(way_, target.framebuffer, size);
  if (!target.readback) target.readback = make_i420_reader(ReadbackMode::direct, target.framebuffer, size);
  return target;
}

FrameTimes OffscreenTarget::draw(Size size, std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                                 std::span<std::byte> pixels) {
  return draw(target_of(size), time, stamp, pixels);
}

FrameTimes OffscreenTarget::draw(const Target& target, std::chrono::duration<double> time,
                                 std::optional<std::uint32_t> stamp, std::span<std::byte> pixels) {
  if (pixels.size() < frame_bytes(target.size, config_.pixels))
    throw StartupError("the memory for a picture is too small");
  FrameTimes times;
  const TimePoint began = Clock::now();
  scene_->update(time);
  const TimePoint updated = Clock::now();
  target.framebuffer.bind();
  glFrontFace(GL_CW);  // upside down mirrors the picture, and with it the direction of its triangles
  scene_->draw({.size = target.size, .clip_y = -1.0F});
  if (stamp) draw_stamp(target.size, *stamp);
  glFinish();  // reading would wait all the same, and not say for how long
  times.update = updated - began;
  times.draw = Clock::now() - updated;
  times.read = target.readback->read(pixels);
  return times;
}

}  // namespace cs
