// SPDX-License-Identifier: MIT
#pragma once

#include <string_view>

#include "gl/program.hpp"

namespace cs {

/// A file of shaders/, out of the binary; throws StartupError if it was not built in. Any thread.
[[nodiscard]] ShaderSource shader_file(std::string_view name);

}  // namespace cs
