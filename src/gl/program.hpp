// SPDX-License-Identifier: MIT
#pragma once

#include <GLES3/gl3.h>

#include <string_view>

namespace cs {

/// One shader's text and the name it goes by in error messages.
struct ShaderSource {
  std::string_view name;
  std::string_view text;
};

/// A vertex and a fragment shader, compiled and linked. The context's thread only.
class Program {
 public:
  /// Throws StartupError with the shader's name and the compiler's log.
  Program(const ShaderSource& vertex, const ShaderSource& fragment);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void use() const { glUseProgram(program_); }

  /// The location of a uniform; -1, which GL ignores, if the compiler found no use for it.
  [[nodiscard]] GLint uniform(const char* name) const { return glGetUniformLocation(program_, name); }

 private:
  GLuint program_;
};

}  // namespace cs
