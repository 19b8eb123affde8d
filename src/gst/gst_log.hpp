// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <string>

namespace cs {

/// Routes GStreamer's warnings and errors to the server's log, under the name of the pipeline's owner. With GST_DEBUG
/// set, routes all lines that it selects. Call it after gst_init(). Main thread only.
void start_gst_log();

/// Sets the log name of `pipeline` and all its elements. Any thread.
void name_in_gst_log(GstElement* pipeline, const std::string& owner);
/// Removes the log name of `pipeline`, and logs how many of its lines were suppressed. Any thread.
void forget_in_gst_log(GstElement* pipeline);

}  // namespace cs
