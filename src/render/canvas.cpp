// SPDX-License-Identifier: MIT
#include "render/canvas.hpp"

#include <GLES3/gl3.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "cubestream/clock.hpp"
#include "render/stamp.hpp"

namespace cs {
namespace {

constexpr int kTrials = 3;  // of each way, after one that compiles and allocates

std::string_view name_of(Readback way) {
  return kReadbacks.at(static_cast<std::size_t>(way));
}

}  // namespace

std::size_t picture_bytes(Size size, PixelFormat pixels) {
  return pixels == PixelFormat::i420 ? i420_layout(size).bytes
                                     : static_cast<std::size_t>(size.width) * static_cast<std::size_t>(size.height) * 4;
}

Canvas::Canvas(const CanvasConfig& config, const SceneFactory& make_scene)
    : config_(config), framebuffer_(config.size), scene_(make_scene()), way_(config.readback) {
  if (config_.pixels == PixelFormat::rgba) {
    way_ = Readback::direct;
    reader_ = make_rgba_reader(framebuffer_, config_.size);
  } else if (way_ == Readback::automatic) {
    choose();
  } else {
    reader_ = make_i420_reader(way_, framebuffer_, config_.size);
    if (!reader_)
      throw Fatal(
          fmt::format("pictures of {}x{} cannot be read back by \"{}\", which needs a width that eight divides; "
                      "set CS_READBACK=auto",
                      config_.size.width, config_.size.height, name_of(way_)));
  }
  if (choice_.empty()) choice_ = name_of(way_);
}

void Canvas::choose() {
  std::vector<std::byte> pixels(picture_bytes(config_.size, config_.pixels));
  using Milliseconds = std::chrono::duration<double, std::milli>;
  std::vector<std::pair<Milliseconds, Readback>> results;
  for (const Readback way : {Readback::direct, Readback::buffered, Readback::shader}) {
    reader_ = make_i420_reader(way, framebuffer_, config_.size);
    if (!reader_) continue;
    draw({}, {}, pixels);
    auto fastest = Milliseconds::max();
    for (int i = 0; i < kTrials; ++i) {
      const TimePoint began = Clock::now();
      draw({}, {}, pixels);
      fastest = std::min(fastest, Milliseconds(Clock::now() - began));
    }
    results.emplace_back(fastest, way);
  }
  std::ranges::sort(results);
  way_ = results.front().second;
  reader_ = make_i420_reader(way_, framebuffer_, config_.size);
  for (const auto& [time, way] : results)
    choice_ += fmt::format("{}{} {:.1f} ms", choice_.empty() ? "" : ", ", name_of(way), time.count());
}

PictureTimes Canvas::draw(std::chrono::duration<double> time, std::optional<std::uint32_t> stamp,
                          std::span<std::byte> pixels) {
  if (pixels.size() < picture_bytes(config_.size, config_.pixels)) throw Fatal("the memory for a picture is too small");
  PictureTimes times;
  const TimePoint began = Clock::now();
  scene_->update(time);
  const TimePoint updated = Clock::now();
  framebuffer_.bind();
  glFrontFace(GL_CW);  // upside down mirrors the picture, and with it the direction of its triangles
  scene_->draw({.size = config_.size, .clip_y = -1.0F});
  if (stamp) draw_stamp(config_.size, *stamp);
  if (way_ == Readback::direct) glFinish();  // reading would wait all the same, and not say for how long
  times.update = updated - began;
  times.draw = Clock::now() - updated;
  times.read = reader_->read(pixels);
  return times;
}

}  // namespace cs
