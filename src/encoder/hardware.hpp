// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "cubestream/stream.hpp"

namespace cs {

// Settings of the hardware encoders for the lowest latency, as far as each version supports them: no B-frames, one
// reference frame, constant bit rate with a buffer of 1.5 frames, no lookahead, keyframes on demand, the fastest
// preset. Not tested on real devices yet; the property names are those of GStreamer 1.22 to 1.26. Main thread only
// unless noted.

/// NVIDIA's NVENC, both generations of the plugin.
void set_up_nvenc(GstElement* encoder, const Stream& stream);

/// Any thread.
void set_bitrate_of_nvenc(GstElement* encoder, int kbps);

/// VA-API with the plugin "va". It makes a keyframe every 1024 frames; this cannot be switched off.
void set_up_va(GstElement* encoder, const Stream& stream);

/// VA-API with the older plugin "vaapi".
void set_up_vaapi(GstElement* encoder, const Stream& stream);

/// For both VA-API plugins. Any thread.
void set_bitrate_of_va(GstElement* encoder, int kbps);

/// Video4Linux; set through the driver's controls.
void set_up_v4l2(GstElement* encoder, const Stream& stream);

/// Any thread.
void set_bitrate_of_v4l2(GstElement* encoder, int kbps);

/// Requests a keyframe through the driver's control: before 1.24 the element ignores the keyframe event. Render thread.
void ask_v4l2_keyframe(GstElement* encoder);

}  // namespace cs
