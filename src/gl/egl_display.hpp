// SPDX-License-Identifier: MIT
#pragma once

#include <EGL/egl.h>

#include <string>
#include <string_view>

namespace cs {

/// Platforms for a headless display, in order of preference.
enum class EglPlatform {
  device,       ///< a vendor's own graphics driver, such as NVIDIA's
  surfaceless,  ///< Mesa, on a graphics card or in software
  pbuffer       ///< EGL's default display
};

/// Name of the platform in logs.
[[nodiscard]] std::string_view to_string(EglPlatform platform);

/// Whether `list`, an extension string, contains `name`. `list` may be null.
[[nodiscard]] bool has_extension(const char* list, std::string_view name);

/// Text for the calling thread's latest EGL error.
[[nodiscard]] std::string egl_error();

/// Owns an EGL display: initialises and terminates it. The driver's code stays loaded. A process has one EGL display
/// per platform, so only one object per platform may exist at a time. One thread at a time.
class EglDisplay {
 public:
  /// Throws StartupError with the reason why the platform failed.
  explicit EglDisplay(EglPlatform platform);
  ~EglDisplay();
  EglDisplay(const EglDisplay&) = delete;
  EglDisplay& operator=(const EglDisplay&) = delete;

  [[nodiscard]] EGLDisplay get() const { return display_; }
  [[nodiscard]] bool has(std::string_view extension) const;
  [[nodiscard]] bool is_at_least(int major, int minor) const;

 private:
  EGLDisplay display_;
};

}  // namespace cs
