// SPDX-License-Identifier: MIT
// LD_PRELOAD library that simulates a GL context loss in the real daemon; a software renderer never loses a context.
// When the file FAKE_GL_LOSS_FILE exists, the next query of the reset status returns GL_GUILTY_CONTEXT_RESET once and
// removes the file. Any thread.
#include <EGL/egl.h>
#include <GLES3/gl32.h>
#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>

namespace {

using ResetStatus = GLenum (*)();
using Lookup = __eglMustCastToProperFunctionPointerType (*)(const char*);

ResetStatus real_reset_status = nullptr;

GLenum fake_reset_status() {
  const char* file = std::getenv("FAKE_GL_LOSS_FILE");
  if (file != nullptr && unlink(file) == 0) return GL_GUILTY_CONTEXT_RESET;
  return real_reset_status == nullptr ? GL_NO_ERROR : real_reset_status();
}

}  // namespace

/// Replaces the function of libEGL: the daemon gets the reset status function only through it.
extern "C" __eglMustCastToProperFunctionPointerType eglGetProcAddress(const char* name) {
  static const auto real = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "eglGetProcAddress"));
  const auto found = real == nullptr ? nullptr : real(name);
  if (std::strncmp(name, "glGetGraphicsResetStatus", 24) != 0) return found;
  real_reset_status = reinterpret_cast<ResetStatus>(found);
  return reinterpret_cast<__eglMustCastToProperFunctionPointerType>(fake_reset_status);
}
