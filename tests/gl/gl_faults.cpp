// SPDX-License-Identifier: MIT
#include "gl_faults.hpp"

#include <GLES3/gl32.h>
#include <dlfcn.h>

namespace cs {

std::atomic<bool> gl_map_fails = false;
std::atomic<bool> gl_unmap_fails = false;
std::atomic<bool> gl_fence_times_out = false;
std::atomic<bool> gl_read_fails = false;

}  // namespace cs

// The linker finds these functions before the driver's.

void* glMapBufferRange(GLenum target, GLintptr offset, GLsizeiptr length, GLbitfield access) {
  if (cs::gl_map_fails) return nullptr;
  static const auto real = reinterpret_cast<decltype(&glMapBufferRange)>(dlsym(RTLD_NEXT, "glMapBufferRange"));
  return real(target, offset, length, access);
}

GLboolean glUnmapBuffer(GLenum target) {
  static const auto real = reinterpret_cast<decltype(&glUnmapBuffer)>(dlsym(RTLD_NEXT, "glUnmapBuffer"));
  const GLboolean is_whole = real(target);
  return cs::gl_unmap_fails ? GLboolean{GL_FALSE} : is_whole;
}

GLenum glClientWaitSync(GLsync sync, GLbitfield flags, GLuint64 timeout) {
  if (cs::gl_fence_times_out) return GL_TIMEOUT_EXPIRED;
  static const auto real = reinterpret_cast<decltype(&glClientWaitSync)>(dlsym(RTLD_NEXT, "glClientWaitSync"));
  return real(sync, flags, timeout);
}

void glReadPixels(GLint x, GLint y, GLsizei width, GLsizei height, GLenum format, GLenum type, void* pixels) {
  static const auto real = reinterpret_cast<decltype(&glReadPixels)>(dlsym(RTLD_NEXT, "glReadPixels"));
  // A negative size causes GL_INVALID_VALUE.
  if (cs::gl_read_fails) return real(x, y, -1, -1, format, type, pixels);
  real(x, y, width, height, format, type, pixels);
}
