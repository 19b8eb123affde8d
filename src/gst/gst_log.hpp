// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <string>

namespace cs {

/// Sends GStreamer's warnings and errors, and with GST_DEBUG set whatever that asks for, through our loggers, each
/// under the name of the object whose pipeline it came from. Call after gst_init. Main thread only.
void start_gst_log();

/// From now on `pipeline` and all inside it log under `owner`. Any thread.
void name_in_gst_log(GstElement* pipeline, const std::string& owner);
void forget_in_gst_log(GstElement* pipeline);

}  // namespace cs
