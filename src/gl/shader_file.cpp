// SPDX-License-Identifier: MIT
#include "gl/shader_file.hpp"

#include <string>

#include "base/embedded.hpp"
#include "base/error.hpp"

namespace cs {

ShaderSource shader_file(std::string_view name) {
  for (const EmbeddedFile& file : embedded_shaders)
    if (file.name == name) return {file.name, file.contents};
  throw StartupError("the shader " + std::string(name) + " is not in this binary; it must be in the folder shaders");
}

}  // namespace cs
