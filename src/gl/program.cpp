// SPDX-License-Identifier: MIT
#include "gl/program.hpp"

#include <string>

#include "base/error.hpp"

namespace cs {
namespace {

/// The log on one line. `get_log`: glGetShaderInfoLog or glGetProgramInfoLog.
template <typename GetLog>
std::string log_of(GLuint object, GetLog get_log) {
  std::string log(2048, '\0');
  GLsizei length = 0;
  get_log(object, static_cast<GLsizei>(log.size()), &length, log.data());
  log.resize(static_cast<std::size_t>(length));
  while (!log.empty() && (log.back() == '\n' || log.back() == '\0')) log.pop_back();
  for (char& c : log)
    if (c == '\n') c = ' ';
  return log.empty() ? "the GL driver gives no reason" : log;
}

class Shader {
 public:
  Shader(GLenum type, const ShaderSource& source) : shader_(glCreateShader(type)) {
    const char* text = source.text.data();
    const auto length = static_cast<GLint>(source.text.size());
    glShaderSource(shader_, 1, &text, &length);
    glCompileShader(shader_);
    GLint compiled = GL_FALSE;
    glGetShaderiv(shader_, GL_COMPILE_STATUS, &compiled);
    if (compiled == GL_TRUE) return;
    const std::string log = log_of(shader_, glGetShaderInfoLog);
    glDeleteShader(shader_);
    throw StartupError("cannot compile the shader " + std::string(source.name) + ": " + log);
  }
  ~Shader() { glDeleteShader(shader_); }
  Shader(const Shader&) = delete;
  Shader& operator=(const Shader&) = delete;

  [[nodiscard]] GLuint get() const { return shader_; }

 private:
  GLuint shader_;
};

}  // namespace

Program::Program(const ShaderSource& vertex, const ShaderSource& fragment) : program_(0) {
  const Shader vertex_shader(GL_VERTEX_SHADER, vertex);
  const Shader fragment_shader(GL_FRAGMENT_SHADER, fragment);
  program_ = glCreateProgram();
  glAttachShader(program_, vertex_shader.get());
  glAttachShader(program_, fragment_shader.get());
  glLinkProgram(program_);
  GLint linked = GL_FALSE;
  glGetProgramiv(program_, GL_LINK_STATUS, &linked);
  if (linked == GL_TRUE) return;
  const std::string log = log_of(program_, glGetProgramInfoLog);
  glDeleteProgram(program_);
  throw StartupError("cannot link the shaders " + std::string(vertex.name) + " and " + std::string(fragment.name) +
                     ": " + log);
}

Program::~Program() {
  glDeleteProgram(program_);
}

}  // namespace cs
