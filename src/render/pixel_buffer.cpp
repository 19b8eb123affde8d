// SPDX-License-Identifier: MIT
#include "render/pixel_buffer.hpp"

#include <chrono>
#include <utility>

namespace cs {
namespace {

constexpr GLuint64 kTimeout = std::chrono::nanoseconds(std::chrono::seconds(1)).count();

}  // namespace

PixelBuffer::PixelBuffer(std::size_t bytes) : bytes_(bytes) {
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_.get());
  glBufferData(GL_PIXEL_PACK_BUFFER, static_cast<GLsizeiptr>(bytes), nullptr, GL_STREAM_READ);
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
}

PixelBuffer::~PixelBuffer() {
  glDeleteSync(copied_);
}

void PixelBuffer::read(Size size) {
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_.get());
  glReadPixels(0, 0, size.width, size.height, GL_RGBA, GL_UNSIGNED_BYTE, nullptr);
  is_read_ = glGetError() == GL_NO_ERROR;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  glDeleteSync(std::exchange(copied_, glFenceSync(GL_SYNC_GPU_COMMANDS_COMPLETE, 0)));
}

std::span<const std::byte> PixelBuffer::map() {
  if (!is_read_) return {};
  const GLenum result = glClientWaitSync(copied_, GL_SYNC_FLUSH_COMMANDS_BIT, kTimeout);
  if (result != GL_ALREADY_SIGNALED && result != GL_CONDITION_SATISFIED) return {};
  glBindBuffer(GL_PIXEL_PACK_BUFFER, buffer_.get());
  const void* const data = glMapBufferRange(GL_PIXEL_PACK_BUFFER, 0, static_cast<GLsizeiptr>(bytes_), GL_MAP_READ_BIT);
  if (data == nullptr) {
    glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
    return {};
  }
  return {static_cast<const std::byte*>(data), bytes_};
}

bool PixelBuffer::unmap() {
  const bool is_whole = glUnmapBuffer(GL_PIXEL_PACK_BUFFER) == GL_TRUE;
  glBindBuffer(GL_PIXEL_PACK_BUFFER, 0);
  return is_whole;
}

}  // namespace cs
