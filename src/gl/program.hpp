// SPDX-License-Identifier: MIT
#pragma once

#include <GLES3/gl3.h>

#include <string_view>

namespace cs {

/// Text of one shader, and its name for error messages.
struct ShaderSource {
  std::string_view name;
  std::string_view text;
};

/// A linked program of a vertex and a fragment shader. The context's thread only.
class Program {
 public:
  /// Throws StartupError with the shader's name and the log of the compiler or linker.
  Program(const ShaderSource& vertex, const ShaderSource& fragment);
  ~Program();
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;

  void use() const { glUseProgram(program_); }

  /// Location of a uniform; -1, which GL ignores, if the shaders do not use it.
  [[nodiscard]] GLint uniform(const char* name) const { return glGetUniformLocation(program_, name); }

 private:
  GLuint program_;
};

}  // namespace cs
