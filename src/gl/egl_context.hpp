// SPDX-License-Identifier: MIT
#pragma once

#include <EGL/egl.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gl/egl_display.hpp"

namespace cs {

/// A headless OpenGL ES 3 context. It is current on the thread that built it for its whole lifetime. To replace a lost
/// context, destroy it and build another: only one may exist at a time. Used only on the thread that built it.
class EglContext {
 public:
  /// Takes the first platform that provides a context. Throws StartupError if none does.
  explicit EglContext(const std::vector<EglPlatform>& order = {EglPlatform::device, EglPlatform::surfaceless,
                                                               EglPlatform::pbuffer});
  ~EglContext();
  EglContext(const EglContext&) = delete;
  EglContext& operator=(const EglContext&) = delete;

  [[nodiscard]] std::string_view platform() const { return platform_; }
  [[nodiscard]] std::string renderer() const;  ///< such as "llvmpipe (LLVM 15.0.6, 256 bits)"
  [[nodiscard]] std::string version() const;   ///< such as "OpenGL ES 3.2 Mesa 22.3.6"

  /// Whether reset_status() can report the loss of the context.
  [[nodiscard]] bool is_robust() const { return robust_; }

  /// GL_GUILTY_CONTEXT_RESET, GL_INNOCENT_CONTEXT_RESET or GL_UNKNOWN_CONTEXT_RESET after the context was lost,
  /// otherwise GL_NO_ERROR.
  [[nodiscard]] unsigned reset_status() const;

 private:
  using ResetStatus = unsigned (*)();

  void open(EglPlatform platform);
  void create_context(EGLConfig config);
  void make_current(EGLConfig config, bool needs_surface);
  void close();

  std::optional<EglDisplay> display_;
  EGLContext context_ = EGL_NO_CONTEXT;
  EGLSurface surface_ = EGL_NO_SURFACE;
  std::string_view platform_;
  bool robust_ = false;
  ResetStatus get_reset_status_ = nullptr;  // null: not supported by this driver
};

}  // namespace cs
