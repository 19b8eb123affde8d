// SPDX-License-Identifier: MIT
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "cubestream/frame.hpp"

namespace cs::test {

/// A sink that keeps what it gets, in place of the encoders. Any thread.
class MemorySink final : public FrameSink {
 public:
  explicit MemorySink(Size size) : size_(size) {}

  int fps() override { return rate; }
  bool needs_frame() override { return needs.exchange(false); }
  std::unique_ptr<FrameMemory> acquire() override {
    if (is_busy) return nullptr;
    return std::make_unique<Memory>(size());
  }
  void resize(Size scene) override {
    if (keeps_its_size) return;
    const std::lock_guard lock(mutex_);
    size_ = scene;
  }
  void request_keyframe() override { ++keyframes; }
  void push(Frame frame) override {
    const auto pixels = frame.memory->pixels();
    const std::lock_guard lock(mutex_);
    last_.assign(pixels.begin(), pixels.end());
    last_size_ = frame.memory->size();
    captured_at_.push_back(frame.captured_at);
  }

  [[nodiscard]] Size size() const {
    const std::lock_guard lock(mutex_);
    return size_;
  }
  [[nodiscard]] std::size_t count() const {
    const std::lock_guard lock(mutex_);
    return captured_at_.size();
  }
  /// The luma of a pixel of the last frame.
  [[nodiscard]] int luma(std::size_t x, std::size_t y) const {
    const std::lock_guard lock(mutex_);
    return luma_at(x, y);
  }
  /// The luma in the middle of the last frame, of any size.
  [[nodiscard]] int luma_in_the_middle() const {
    const std::lock_guard lock(mutex_);
    return luma_at(static_cast<std::size_t>(last_size_.width / 2), static_cast<std::size_t>(last_size_.height / 2));
  }
  [[nodiscard]] std::vector<TimePoint> times() const {
    const std::lock_guard lock(mutex_);
    return captured_at_;
  }

  std::atomic<int> rate = 30;
  std::atomic<bool> needs = false;
  std::atomic<int> keyframes = 0;  ///< requests
  std::atomic<bool> is_busy = false;
  std::atomic<bool> keeps_its_size = false;

 private:
  class Memory final : public FrameMemory {
   public:
    explicit Memory(Size size) : size_(size), pixels_(frame_bytes(size, PixelFormat::i420)) {}
    Size size() const override { return size_; }
    std::span<std::byte> pixels() override { return pixels_; }

   private:
    Size size_;
    std::vector<std::byte> pixels_;
  };

  [[nodiscard]] int luma_at(std::size_t x, std::size_t y) const {
    return std::to_integer<int>(last_.at(y * i420_layout(last_size_).luma_stride + x));
  }

  mutable std::mutex mutex_;
  Size size_;
  Size last_size_;
  std::vector<std::byte> last_;
  std::vector<TimePoint> captured_at_;
};

}  // namespace cs::test
