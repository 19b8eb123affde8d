// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "gl/program.hpp"

namespace cs {

/// A file of shaders/, embedded in the binary. Throws StartupError if it is not embedded. Any thread.
[[nodiscard]] ShaderSource shader_file(std::string_view name);

}  // namespace cs
