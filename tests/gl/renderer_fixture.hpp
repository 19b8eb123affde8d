// SPDX-License-Identifier: MIT
#pragma once

#include <GLES3/gl32.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "base/thread_role.hpp"
#include "picture.hpp"
#include "render/renderer.hpp"

namespace cs {

inline constexpr std::chrono::seconds kLong{30};  // timeout; only a failing test waits this long

class TestMemory final : public FrameMemory {
 public:
  explicit TestMemory(Size size) : size_(size), bytes_(static_cast<std::size_t>(size.width * size.height) * 4) {}
  Size size() const override { return size_; }
  std::span<std::byte> pixels() override { return bytes_; }

 private:
  const Size size_;
  std::vector<std::byte> bytes_;
};

/// Takes frames, or provides no memory while busy.
class TestSink final : public FrameSink {
 public:
  explicit TestSink(Size size) : size_(size) {}

  int fps() override { return rate; }

  bool needs_frame() override { return false; }
  std::unique_ptr<FrameMemory> acquire() override {
    const std::lock_guard lock(mutex_);
    ++acquired_;
    changed_.notify_all();
    if (busy_) return nullptr;
    return std::make_unique<TestMemory>(size_);
  }

  void push(Frame frame) override {
    const std::lock_guard lock(mutex_);
    captured_.push_back(frame.captured_at);
    latest_ = std::move(frame.memory);
    changed_.notify_all();
  }

  void set_size(Size size) {
    const std::lock_guard lock(mutex_);
    size_ = size;
  }

  void set_busy(bool busy) {
    const std::lock_guard lock(mutex_);
    busy_ = busy;
  }

  [[nodiscard]] bool wait_for_frames(std::size_t count, std::chrono::milliseconds timeout = kLong) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, timeout, [&] { return captured_.size() >= count; });
  }
  [[nodiscard]] bool wait_for_requests(int count) {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, kLong, [&] { return acquired_ >= count; });
  }

  [[nodiscard]] std::vector<TimePoint> captured() {
    const std::lock_guard lock(mutex_);
    return captured_;
  }
  [[nodiscard]] int acquired() {
    const std::lock_guard lock(mutex_);
    return acquired_;
  }
  [[nodiscard]] Picture latest() {
    const std::lock_guard lock(mutex_);
    Picture picture{latest_->size(), {}};
    for (const std::byte value : latest_->pixels()) picture.rgba.push_back(std::to_integer<std::uint8_t>(value));
    return picture;
  }

  std::atomic<int> rate = 100;

 private:
  Size size_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool busy_ = false;
  int acquired_ = 0;
  std::vector<TimePoint> captured_;
  std::unique_ptr<FrameMemory> latest_;
};

/// Clears the frame and counts the calls.
class PlainScene final : public Scene {
 public:
  explicit PlainScene(std::atomic<int>& drawn) : drawn_(drawn) {}
  void update(std::chrono::duration<double> /*time*/) override {}
  void draw(const SceneView& /*view*/) override {
    glClear(GL_COLOR_BUFFER_BIT);
    ++drawn_;
  }

 private:
  std::atomic<int>& drawn_;
};

/// Wants keys, and records those that it gets, with the frame they came before.
class KeyScene final : public Scene {
 public:
  struct Seen {
    std::vector<std::pair<std::string, int>> keys;
    int frame = 0;
  };
  explicit KeyScene(Seen& seen) : seen_(seen) {}
  InputWish wish() const override { return {.kinds = kKeyKind, .lock = false, .cursor = "crosshair"}; }
  void on_input(const InputEvent& event) override {
    seen_.keys.emplace_back(std::get<KeyInput>(event).code, seen_.frame);
  }
  void update(std::chrono::duration<double> /*time*/) override { ++seen_.frame; }
  void draw(const SceneView& /*view*/) override { glClear(GL_COLOR_BUFFER_BIT); }

 private:
  Seen& seen_;
};

class RendererTest : public testing::Test {
 protected:
  RendererTest() { enter_thread(ThreadRole::main); }

  /// A reset status that reports a lost context for the next `losses_to_come` frames.
  std::function<unsigned()> context_losses() {
    return [this] {
      if (losses_to_come <= 0) return static_cast<unsigned>(GL_NO_ERROR);
      --losses_to_come;
      return static_cast<unsigned>(GL_GUILTY_CONTEXT_RESET);
    };
  }

  SceneFactory plain() {
    return [this] {
      ++scenes_built;
      return std::make_unique<PlainScene>(drawn);
    };
  }

  static constexpr Size kSize{64, 64};
  static RendererConfig config(std::function<unsigned()> reset_status = {}, Size size = kSize) {
    return {.size = size, .pixels = PixelFormat::rgba, .reset_status = std::move(reset_status)};
  }
  Metrics metrics;
  Loop loop{metrics};
  Demand demand;
  TestSink sink{kSize};
  std::atomic<int> drawn = 0;
  std::atomic<int> scenes_built = 0;
  std::atomic<int> losses_to_come = 0;
};

}  // namespace cs
