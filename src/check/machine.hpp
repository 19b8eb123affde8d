// SPDX-License-Identifier: MIT
#pragma once

#include "check/check.hpp"
#include "check/report.hpp"
#include "config/settings.hpp"

namespace cs {

// Checks of this machine alone. Main thread only; all but the first need a running GStreamer.

/// Creates a GL context, renders a frame of the scene and reads it back.
[[nodiscard]] Check check_drawing(const Settings& settings);

/// Checks that GStreamer has all elements that viewers need.
[[nodiscard]] Check check_elements();

/// Checks that the file descriptor limit of this process is high enough for CS_MAX_VIEWERS.
[[nodiscard]] Check check_descriptors(const Settings& settings);

/// Probes every encoder, and reports for each codec which one would be used.
void check_encoders(const Settings& settings, CheckReport& report);

}  // namespace cs
