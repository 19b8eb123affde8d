// SPDX-License-Identifier: MIT
#include "render/frame_readback.hpp"

#include <libyuv/convert.h>

#include <cstdint>
#include <vector>

#include "cubestream/clock.hpp"
#include "render/pixel_buffer.hpp"

namespace cs {
namespace {

/// GL's RGBA byte order is libyuv's ABGR.
void convert(const std::uint8_t* rgba, Size size, std::span<std::byte> to) {
  const I420Layout layout = i420_layout(size);
  auto* const planes = reinterpret_cast<std::uint8_t*>(to.data());
  libyuv::ABGRToI420(rgba, size.width * 4, planes, static_cast<int>(layout.luma_stride), planes + layout.u_offset,
                     static_cast<int>(layout.chroma_stride), planes + layout.v_offset,
                     static_cast<int>(layout.chroma_stride), size.width, size.height);
}

class RgbaReadback final : public FrameReadback {
 public:
  RgbaReadback(const Framebuffer& framebuffer, Size size) : framebuffer_(framebuffer), size_(size) {}

  [[nodiscard]] ReadTimes read(std::span<std::byte> to) override {
    const TimePoint began = Clock::now();
    framebuffer_.bind();
    static_cast<void>(glGetError());  // clears an error that the scene left
    glReadPixels(0, 0, size_.width, size_.height, GL_RGBA, GL_UNSIGNED_BYTE, to.data());
    return {.read_back = Clock::now() - began, .convert = {}, .is_complete = glGetError() == GL_NO_ERROR};
  }

 private:
  const Framebuffer& framebuffer_;
  const Size size_;
};

class DirectReadback final : public FrameReadback {
 public:
  DirectReadback(const Framebuffer& framebuffer, Size size)
      : size_(size), rgba_readback_(framebuffer, size), rgba_(frame_bytes(size, PixelFormat::rgba)) {}

  [[nodiscard]] ReadTimes read(std::span<std::byte> to) override {
    ReadTimes times = rgba_readback_.read(rgba_);
    if (!times.is_complete) return times;
    const TimePoint began = Clock::now();
    convert(reinterpret_cast<const std::uint8_t*>(rgba_.data()), size_, to);
    times.convert = Clock::now() - began;
    return times;
  }

 private:
  const Size size_;
  RgbaReadback rgba_readback_;
  std::vector<std::byte> rgba_;
};

class BufferedReadback final : public FrameReadback {
 public:
  BufferedReadback(const Framebuffer& framebuffer, Size size)
      : framebuffer_(framebuffer), size_(size), buffer_(frame_bytes(size, PixelFormat::rgba)) {}

  [[nodiscard]] ReadTimes read(std::span<std::byte> to) override {
    const TimePoint began = Clock::now();
    framebuffer_.bind();
    static_cast<void>(glGetError());  // clears an error that the scene left
    buffer_.read(size_);
    const auto mapped = buffer_.map();
    const TimePoint arrived = Clock::now();
    bool is_complete = !mapped.empty();
    if (is_complete) {
      convert(reinterpret_cast<const std::uint8_t*>(mapped.data()), size_, to);
      is_complete = buffer_.unmap();
    }
    return {.read_back = arrived - began, .convert = Clock::now() - arrived, .is_complete = is_complete};
  }

 private:
  const Framebuffer& framebuffer_;
  const Size size_;
  PixelBuffer buffer_;
};

}  // namespace

std::unique_ptr<FrameReadback> make_rgba_readback(const Framebuffer& framebuffer, Size size) {
  return std::make_unique<RgbaReadback>(framebuffer, size);
}

std::unique_ptr<FrameReadback> make_i420_readback(ReadbackMode mode, const Framebuffer& framebuffer, Size size) {
  if (mode == ReadbackMode::buffered) return std::make_unique<BufferedReadback>(framebuffer, size);
  return std::make_unique<DirectReadback>(framebuffer, size);
}

}  // namespace cs
