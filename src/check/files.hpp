// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "check/check.hpp"
#include "config/settings.hpp"

namespace cs {

/// Checks that files can be written to the directory. Warns if less than `least_free_mb` megabytes (10^6 bytes) are
/// free. Leaves no file behind. Any thread.
[[nodiscard]] Check check_directory(const std::string& path, int least_free_mb);

/// The same check for CS_RECORD_DIR. Any thread.
[[nodiscard]] Check check_recordings(const Settings& settings);

/// Checks that the certificate and its key match, and when the certificate expires. Any thread.
[[nodiscard]] Check check_tls(const Settings& settings);

}  // namespace cs
