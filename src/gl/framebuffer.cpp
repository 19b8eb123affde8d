// SPDX-License-Identifier: MIT
#include "gl/framebuffer.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"

namespace cs {

Framebuffer::Framebuffer(Size size) : size_(size) {
  const std::string what = text_of(size);
  const auto limit_of = [](GLenum name) {
    GLint value = 0;
    glGetIntegerv(name, &value);
    return value;
  };
  const GLint limit = std::min(limit_of(GL_MAX_TEXTURE_SIZE), limit_of(GL_MAX_RENDERBUFFER_SIZE));
  if (size.width > limit || size.height > limit)
    throw StartupError("cannot draw frames of " + what + ": the GL driver's limit is " + std::to_string(limit) +
                       " pixels per side; set a smaller CS_WIDTH and CS_HEIGHT");

  glBindTexture(GL_TEXTURE_2D, colour_.get());
  glTexStorage2D(GL_TEXTURE_2D, 1, GL_RGBA8, size.width, size.height);
  glTexParameteri(GL_TEXTURE_2D, GL_TEXTURE_MIN_FILTER, GL_NEAREST);
  glBindTexture(GL_TEXTURE_2D, 0);
  glBindRenderbuffer(GL_RENDERBUFFER, depth_.get());
  glRenderbufferStorage(GL_RENDERBUFFER, GL_DEPTH_COMPONENT24, size.width, size.height);

  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
  glFramebufferTexture2D(GL_FRAMEBUFFER, GL_COLOR_ATTACHMENT0, GL_TEXTURE_2D, colour_.get(), 0);
  glFramebufferRenderbuffer(GL_FRAMEBUFFER, GL_DEPTH_ATTACHMENT, GL_RENDERBUFFER, depth_.get());
  if (glCheckFramebufferStatus(GL_FRAMEBUFFER) != GL_FRAMEBUFFER_COMPLETE)
    throw StartupError("cannot draw frames of " + what + ": the GL driver lacks the memory or the format");
}

void Framebuffer::bind() const {
  glBindFramebuffer(GL_FRAMEBUFFER, framebuffer_.get());
  glViewport(0, 0, size_.width, size_.height);
}

void Framebuffer::copy_to(GLuint target) const {
  glBindFramebuffer(GL_READ_FRAMEBUFFER, framebuffer_.get());
  glBindFramebuffer(GL_DRAW_FRAMEBUFFER, target);
  glBlitFramebuffer(0, 0, size_.width, size_.height, 0, 0, size_.width, size_.height, GL_COLOR_BUFFER_BIT, GL_NEAREST);
  glBindFramebuffer(GL_FRAMEBUFFER, target);
}

}  // namespace cs
