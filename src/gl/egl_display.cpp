// SPDX-License-Identifier: MIT
#include "gl/egl_display.hpp"

#include <EGL/eglext.h>

#include <array>
#include <cstdio>

#include "base/error.hpp"
#include "process/libraries.hpp"

namespace cs {
namespace {

bool client_has(std::string_view extension) {
  return has_extension(eglQueryString(EGL_NO_DISPLAY, EGL_EXTENSIONS), extension);
}

template <typename Function>
Function look_up(const char* name) {
  const auto function = reinterpret_cast<Function>(eglGetProcAddress(name));
  if (function == nullptr) throw StartupError(std::string("EGL lacks ") + name);
  return function;
}

EGLDisplay platform_display(EGLenum platform, void* native) {
  const auto get = look_up<PFNEGLGETPLATFORMDISPLAYEXTPROC>("eglGetPlatformDisplayEXT");
  return get(platform, native, nullptr);
}

bool initialize(EGLDisplay display) {
  return display != EGL_NO_DISPLAY && eglInitialize(display, nullptr, nullptr) == EGL_TRUE;
}

/// Opens the first device whose driver is not Mesa. Mesa works better on the surfaceless platform.
EGLDisplay open_device() {
  if (!client_has("EGL_EXT_platform_device") ||
      !(client_has("EGL_EXT_device_base") || client_has("EGL_EXT_device_enumeration")))
    throw StartupError("EGL cannot list devices");
  const auto query_devices = look_up<PFNEGLQUERYDEVICESEXTPROC>("eglQueryDevicesEXT");
  const auto query_string = look_up<PFNEGLQUERYDEVICESTRINGEXTPROC>("eglQueryDeviceStringEXT");

  std::array<EGLDeviceEXT, 32> devices = {};
  EGLint count = 0;
  if (query_devices(static_cast<EGLint>(devices.size()), devices.data(), &count) != EGL_TRUE) count = 0;

  std::string failed;
  for (EGLint i = 0; i < count; ++i) {
    EGLDeviceEXT device = devices.at(static_cast<std::size_t>(i));
    if (has_extension(query_string(device, EGL_EXTENSIONS), "EGL_MESA_device_software")) continue;
    EGLDisplay display = platform_display(EGL_PLATFORM_DEVICE_EXT, device);
    if (!initialize(display)) {
      failed = ": " + egl_error();
      continue;
    }
    const char* vendor = eglQueryString(display, EGL_VENDOR);
    if (vendor != nullptr && std::string_view(vendor).find("Mesa") == std::string_view::npos) return display;
    eglTerminate(display);
  }
  throw StartupError("no usable device with a vendor driver" + failed);
}

EGLDisplay open_surfaceless() {
  if (!client_has("EGL_MESA_platform_surfaceless")) throw StartupError("no Mesa driver");
  EGLDisplay display = platform_display(EGL_PLATFORM_SURFACELESS_MESA, nullptr);
  if (!initialize(display)) throw StartupError(egl_error());
  return display;
}

EGLDisplay open_default() {
  EGLDisplay display = eglGetDisplay(EGL_DEFAULT_DISPLAY);
  if (display == EGL_NO_DISPLAY) throw StartupError("no default display");
  if (!initialize(display)) throw StartupError(egl_error());
  return display;
}

EGLDisplay open_display(EglPlatform platform) {
  switch (platform) {
    case EglPlatform::device:
      return open_device();
    case EglPlatform::surfaceless:
      return open_surfaceless();
    case EglPlatform::pbuffer:
      return open_default();
  }
  throw StartupError("no such platform");
}

}  // namespace

std::string_view to_string(EglPlatform platform) {
  switch (platform) {
    case EglPlatform::device:
      return "device";
    case EglPlatform::surfaceless:
      return "surfaceless";
    case EglPlatform::pbuffer:
      return "pbuffer";
  }
  return "";
}

bool has_extension(const char* list, std::string_view name) {
  if (list == nullptr) return false;
  const std::string padded = " " + std::string(list) + " ";
  return padded.find(" " + std::string(name) + " ") != std::string::npos;
}

std::string egl_error() {
  const EGLint error = eglGetError();
  switch (error) {
    case EGL_NOT_INITIALIZED:
      return "no driver could be started";
    case EGL_BAD_ALLOC:
      return "out of memory or other resources";
    case EGL_CONTEXT_LOST:
      return "the graphics card was reset";
    default: {
      std::array<char, 32> text = {};
      std::snprintf(text.data(), text.size(), "EGL error 0x%04x", static_cast<unsigned>(error));
      return text.data();
    }
  }
}

EglDisplay::EglDisplay(EglPlatform platform) : display_(open_display(platform)) {
  // Mesa unloads its driver with the last display. That leaks the driver's allocations, a little at each lost context.
  // Also, a driver's threads must not outlive its code.
  keep_libraries_loaded();
}

EglDisplay::~EglDisplay() {
  eglTerminate(display_);
  eglReleaseThread();
}

bool EglDisplay::has(std::string_view extension) const {
  return has_extension(eglQueryString(display_, EGL_EXTENSIONS), extension);
}

bool EglDisplay::is_at_least(int major, int minor) const {
  int have_major = 0;
  int have_minor = 0;
  const char* text = eglQueryString(display_, EGL_VERSION);
  if (text == nullptr || std::sscanf(text, "%d.%d", &have_major, &have_minor) != 2) return false;
  return have_major > major || (have_major == major && have_minor >= minor);
}

}  // namespace cs
