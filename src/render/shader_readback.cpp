// SPDX-License-Identifier: MIT
#include "render/shader_readback.hpp"

#include <algorithm>

#include "cubestream/clock.hpp"
#include "gl/shader_file.hpp"

namespace cs {

bool ShaderReadback::supports(Size size) {
  GLint limit = 0;
  glGetIntegerv(GL_MAX_TEXTURE_SIZE, &limit);
  return size.width % 8 == 0 && packed(size).height <= limit;
}

ShaderReadback::ShaderReadback(const Framebuffer& framebuffer, Size size)
    : framebuffer_(framebuffer),
      size_(size),
      program_(shader_file("i420.vert"), shader_file("i420.frag")),
      buffer_(i420_layout(size).bytes) {
  const auto [width, height] = packed(size);
  glBindTexture(GL_TEXTURE_2D, i420_.get());
  glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, width, height);
  glBindTexture(GL_TEXTURE_2D, 0);
  glBindFramebuffer(GL_FRAMEBUFFER, target_.get());
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, i420_.get(), 0);
}

ReadTimes ShaderReadback::read(std::span<std::byte> to) {
  const TimePoint began = Clock::now();
  const auto [width, height] = packed(size_);
  static_cast<void>(glGetError());  // clears an error that the scene left
  glBindFramebuffer(GL_FRAMEBUFFER, target_.get());
  glViewport(0, 0, width, height);
  glDisable(GL_DEPTH_TEST);
  glDisable(GL_CULL_FACE);
  glDisable(GL_BLEND);
  program_.use();
  glActiveTexture(GL_TEXTURE0);
  glBindTexture(GL_TEXTURE_2D, framebuffer_.texture());
  glBindVertexArray(no_vertices_.get());
  glDrawArrays(GL_TRIANGLES, 0, 3);
  glBindVertexArray(0);
  glBindTexture(GL_TEXTURE_2D, 0);
  buffer_.read({width, height});
  const auto mapped = buffer_.map();
  const TimePoint arrived = Clock::now();
  bool is_complete = !mapped.empty();
  if (is_complete) {
    std::ranges::copy(mapped, to.begin());
    is_complete = buffer_.unmap();
  }
  return {.read_back = arrived - began, .convert = Clock::now() - arrived, .is_complete = is_complete};
}

}  // namespace cs
