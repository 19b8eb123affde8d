// SPDX-License-Identifier: MIT
#pragma once

#include <GLES3/gl3.h>

namespace cs {

/// Owns one GL object. The context's thread only.
template <void (*Make)(GLsizei, GLuint*), void (*Delete)(GLsizei, const GLuint*)>
class GlObject {
 public:
  GlObject() { Make(1, &name_); }
  ~GlObject() { Delete(1, &name_); }
  GlObject(const GlObject&) = delete;
  GlObject& operator=(const GlObject&) = delete;

  [[nodiscard]] GLuint get() const { return name_; }

 private:
  GLuint name_ = 0;
};

using GlBuffer = GlObject<glGenBuffers, glDeleteBuffers>;
using GlTexture = GlObject<glGenTextures, glDeleteTextures>;
using GlVertexArray = GlObject<glGenVertexArrays, glDeleteVertexArrays>;
using GlRenderbuffer = GlObject<glGenRenderbuffers, glDeleteRenderbuffers>;
using GlFramebuffer = GlObject<glGenFramebuffers, glDeleteFramebuffers>;

}  // namespace cs
