// SPDX-License-Identifier: MIT
#include "gl_faults.hpp"

#include <GLES3/gl32.h>
#include <dlfcn.h>

namespace cs {

std::atomic<bool> gl_map_fails = false;

}  // namespace cs

/// Found by the linker before the driver's.
void* glMapBufferRange(GLenum target, GLintptr offset, GLsizeiptr length, GLbitfield access) {
  if (cs::gl_map_fails) return nullptr;
  static const auto real = reinterpret_cast<decltype(&glMapBufferRange)>(dlsym(RTLD_NEXT, "glMapBufferRange"));
  return real(target, offset, length, access);
}
