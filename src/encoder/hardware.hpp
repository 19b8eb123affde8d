// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include "cubestream/stream.hpp"

namespace cs {

// How encoders of hardware are set up for the lowest latency, as far as each version of theirs lets us: no B-frames,
// one reference, a steady rate with a buffer of one and a half pictures, nothing looks ahead, keyframes on demand, the
// fastest preset. None of it has met a device yet: the names are those of GStreamer 1.22 to 1.26. Main thread only,
// unless another is named.

/// NVIDIA's NVENC, in both of the plug-in's generations.
void set_up_nvenc(GstElement* encoder, const Stream& stream);

/// Any thread.
void set_bitrate_of_nvenc(GstElement* encoder, int kbps);

/// VA-API by the plug-in "va". It makes a keyframe each 1024 pictures, since it cannot be told to leave that.
void set_up_va(GstElement* encoder, const Stream& stream);

/// VA-API by the older plug-in.
void set_up_vaapi(GstElement* encoder, const Stream& stream);

/// Of both. Any thread.
void set_bitrate_of_va(GstElement* encoder, int kbps);

/// Video4Linux. Its settings are the driver's controls.
void set_up_v4l2(GstElement* encoder, const Stream& stream);

/// Any thread.
void set_bitrate_of_v4l2(GstElement* encoder, int kbps);

/// Before 1.24 its element does not hear the request for a keyframe; the driver's control does the same. Render thread.
void ask_v4l2_keyframe(GstElement* encoder);

}  // namespace cs
