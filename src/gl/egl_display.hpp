// SPDX-License-Identifier: MIT
#pragma once

#include <EGL/egl.h>

#include <string>
#include <string_view>

namespace cs {

/// The ways to a display that needs no screen, the better first.
enum class EglPlatform {
  device,       ///< a vendor's own driver of a graphics card, such as NVIDIA's
  surfaceless,  ///< Mesa, on a card or in software
  pbuffer       ///< whatever EGL takes for the default display
};

/// Its name in logs.
[[nodiscard]] std::string_view to_string(EglPlatform platform);

/// Whether `list`, an extension string, contains `name`. `list` may be null.
[[nodiscard]] bool has_extension(const char* list, std::string_view name);

/// The calling thread's latest EGL error in words.
[[nodiscard]] std::string egl_error();

/// An EGL display, initialised and terminated; the driver's code stays loaded. EGL knows one display per platform in a
/// process, so only one object per platform may exist at a time. One thread at a time.
class EglDisplay {
 public:
  /// Throws StartupError, its sentence being what went wrong on this platform.
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
