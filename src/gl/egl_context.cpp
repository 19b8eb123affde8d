// SPDX-License-Identifier: MIT
#include "gl/egl_context.hpp"

#include <EGL/eglext.h>
#include <GLES3/gl32.h>

#include <array>

#include "base/error.hpp"
#include "log/log.hpp"

namespace cs {
namespace {

std::string gl_string(GLenum name) {
  const auto* text = reinterpret_cast<const char*>(glGetString(name));
  return text == nullptr ? "unknown" : text;
}

bool gl_is_at_least_3_2() {
  int major = 0;
  int minor = 0;
  glGetIntegerv(GL_MAJOR_VERSION, &major);
  glGetIntegerv(GL_MINOR_VERSION, &minor);
  return major > 3 || (major == 3 && minor >= 2);
}

/// Name of glGetGraphicsResetStatus in this context; null if it is not supported. The address alone proves nothing:
/// libglvnd returns an address for any name.
const char* reset_status_name() {
  const auto* extensions = reinterpret_cast<const char*>(glGetString(GL_EXTENSIONS));
  if (gl_is_at_least_3_2()) return "glGetGraphicsResetStatus";
  if (has_extension(extensions, "GL_KHR_robustness")) return "glGetGraphicsResetStatusKHR";
  if (has_extension(extensions, "GL_EXT_robustness")) return "glGetGraphicsResetStatusEXT";
  return nullptr;
}

EGLConfig choose_config(EGLDisplay display, bool needs_surface) {
  const std::array attributes = {EGL_RENDERABLE_TYPE, EGL_OPENGL_ES3_BIT, EGL_SURFACE_TYPE,
                                 needs_surface ? EGL_PBUFFER_BIT : 0, EGL_NONE};
  EGLConfig config = nullptr;
  EGLint count = 0;
  if (eglChooseConfig(display, attributes.data(), &config, 1, &count) != EGL_TRUE) throw StartupError(egl_error());
  if (count < 1) throw StartupError("no OpenGL ES 3");
  return config;
}

}  // namespace

EglContext::EglContext(const std::vector<EglPlatform>& order) {
  std::string tried;
  for (const EglPlatform platform : order) {
    try {
      open(platform);
      return;
    } catch (const StartupError& error) {
      close();
      tried += (tried.empty() ? "" : "; ") + std::string(to_string(platform)) + ": " + error.what();
    }
  }
  throw StartupError("cannot draw: EGL gives no OpenGL ES 3 context (" + tried +
                     "); install the packages libegl1, libegl-mesa0 and libgl1-mesa-dri, or a graphics card's driver");
}

EglContext::~EglContext() {
  close();
}

void EglContext::open(EglPlatform platform) {
  display_.emplace(platform);
  platform_ = to_string(platform);
  const bool needs_surface = platform == EglPlatform::pbuffer || !display_->has("EGL_KHR_surfaceless_context");
  EGLConfig config = choose_config(display_->get(), needs_surface);
  create_context(config);
  make_current(config, needs_surface);
  if (const char* name = reset_status_name())
    get_reset_status_ = reinterpret_cast<ResetStatus>(eglGetProcAddress(name));
}

void EglContext::create_context(EGLConfig config) {
  if (eglBindAPI(EGL_OPENGL_ES_API) != EGL_TRUE) throw StartupError("no OpenGL ES");
  std::vector<EGLint> attributes = {EGL_CONTEXT_MAJOR_VERSION, 3};
  std::vector<EGLint> robust = attributes;
  if (display_->has("EGL_EXT_create_context_robustness"))
    robust.insert(robust.end(), {EGL_CONTEXT_OPENGL_ROBUST_ACCESS_EXT, EGL_TRUE,
                                 EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY_EXT, EGL_LOSE_CONTEXT_ON_RESET_EXT});
  else if (display_->is_at_least(1, 5))
    robust.insert(robust.end(), {EGL_CONTEXT_OPENGL_ROBUST_ACCESS, EGL_TRUE,
                                 EGL_CONTEXT_OPENGL_RESET_NOTIFICATION_STRATEGY, EGL_LOSE_CONTEXT_ON_RESET});
  robust_ = robust.size() > attributes.size();
  robust.push_back(EGL_NONE);
  attributes.push_back(EGL_NONE);

  if (robust_) context_ = eglCreateContext(display_->get(), config, EGL_NO_CONTEXT, robust.data());
  if (context_ != EGL_NO_CONTEXT) return;
  const std::string reason = robust_ ? egl_error() : "the driver does not support it";
  robust_ = false;
  context_ = eglCreateContext(display_->get(), config, EGL_NO_CONTEXT, attributes.data());
  if (context_ == EGL_NO_CONTEXT) throw StartupError(egl_error());
  make_log("gl")->warn("no robust GL context ({}): a reset of the graphics card will not be detected", reason);
}

void EglContext::make_current(EGLConfig config, bool needs_surface) {
  if (needs_surface) {
    const std::array attributes = {EGL_WIDTH, 1, EGL_HEIGHT, 1, EGL_NONE};
    surface_ = eglCreatePbufferSurface(display_->get(), config, attributes.data());
    if (surface_ == EGL_NO_SURFACE) throw StartupError(egl_error());
  }
  if (eglMakeCurrent(display_->get(), surface_, surface_, context_) != EGL_TRUE) throw StartupError(egl_error());
}

void EglContext::close() {
  if (!display_) return;
  eglMakeCurrent(display_->get(), EGL_NO_SURFACE, EGL_NO_SURFACE, EGL_NO_CONTEXT);
  if (surface_ != EGL_NO_SURFACE) eglDestroySurface(display_->get(), surface_);
  if (context_ != EGL_NO_CONTEXT) eglDestroyContext(display_->get(), context_);
  surface_ = EGL_NO_SURFACE;
  context_ = EGL_NO_CONTEXT;
  display_.reset();
}

std::string EglContext::renderer() const {
  return gl_string(GL_RENDERER);
}

std::string EglContext::version() const {
  return gl_string(GL_VERSION);
}

unsigned EglContext::reset_status() const {
  if (get_reset_status_ == nullptr) return GL_NO_ERROR;
  const unsigned status = get_reset_status_();
  switch (status) {
    case GL_GUILTY_CONTEXT_RESET:
    case GL_INNOCENT_CONTEXT_RESET:
    case GL_UNKNOWN_CONTEXT_RESET:
      return status;
    default:  // some drivers return other errors
      return GL_NO_ERROR;
  }
}

}  // namespace cs
