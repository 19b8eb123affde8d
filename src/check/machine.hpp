// SPDX-License-Identifier: MIT
#pragma once

#include "check/check.hpp"
#include "check/report.hpp"
#include "config/settings.hpp"

namespace cs {

// What the machine can do by itself. Main thread only, GStreamer being up, but for the first.

/// Makes a GL context, draws a picture of the scene and reads it back.
[[nodiscard]] Check check_drawing(const Settings& settings);

/// Whether GStreamer has all elements that viewers need.
[[nodiscard]] Check check_elements();

/// Whether CS_MAX_VIEWERS fit into the file descriptors that this process may have.
[[nodiscard]] Check check_descriptors(const Settings& settings);

/// Tries every encoder, and says for each codec which one would be used.
void check_encoders(const Settings& settings, CheckReport& report);

}  // namespace cs
