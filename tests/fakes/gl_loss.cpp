// SPDX-License-Identifier: MIT
// A library for LD_PRELOAD that lets a test take the GL context away from the real daemon, since no software renderer
// ever loses one. Each time the file named by FAKE_GL_LOSS_FILE appears, the next question for the reset status is
// answered with GL_GUILTY_CONTEXT_RESET, once, and the file is removed. Any thread.
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

/// In place of libEGL's, under whose name every way to the reset status is asked for.
extern "C" __eglMustCastToProperFunctionPointerType eglGetProcAddress(const char* name) {
  static const auto real = reinterpret_cast<Lookup>(dlsym(RTLD_NEXT, "eglGetProcAddress"));
  const auto found = real == nullptr ? nullptr : real(name);
  if (std::strncmp(name, "glGetGraphicsResetStatus", 24) != 0) return found;
  real_reset_status = reinterpret_cast<ResetStatus>(found);
  return reinterpret_cast<__eglMustCastToProperFunctionPointerType>(fake_reset_status);
}
