// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>

#include "check/check.hpp"
#include "config/settings.hpp"

namespace cs {

/// Whether files can be written to that directory, and whether `least_free` bytes are free there; fewer are a warning.
/// Leaves nothing behind. Any thread.
[[nodiscard]] Check check_directory(const std::string& path, std::uint64_t least_free);

/// The same of CS_RECORD_DIR. Any thread.
[[nodiscard]] Check check_recordings(const Settings& settings);

/// The certificate and its key: whether they belong together, and for how long they are good. Any thread.
[[nodiscard]] Check check_tls(const Settings& settings);

}  // namespace cs
