// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#define GST_USE_UNSTABLE_API  // only for webrtcbin, which is stable in practice
#include <gst/webrtc/webrtc.h>

#include <memory>
#include <type_traits>

// Ownership of GStreamer objects, in the terms of its manual: `adopt` for transfer full, `retain` for transfer none,
// `sink` for floating references. Each returns a Ref, a unique_ptr with the matching release function.

namespace cs {

template <typename T>
inline constexpr bool is_mini_object =
    std::is_same_v<T, GstBuffer> || std::is_same_v<T, GstCaps> || std::is_same_v<T, GstSample> ||
    std::is_same_v<T, GstEvent> || std::is_same_v<T, GstBufferList> || std::is_same_v<T, GstMessage> ||
    std::is_same_v<T, GstPromise> || std::is_same_v<T, GstQuery>;

struct Release {
  template <typename T>
  void operator()(T* object) const {
    if constexpr (is_mini_object<T>)
      gst_mini_object_unref(GST_MINI_OBJECT_CAST(object));
    else if constexpr (std::is_same_v<T, GstSDPMessage>)
      gst_sdp_message_free(object);
    else if constexpr (std::is_same_v<T, GstWebRTCSessionDescription>)
      gst_webrtc_session_description_free(object);
    else if constexpr (std::is_same_v<T, GstIterator>)
      gst_iterator_free(object);
    else if constexpr (std::is_same_v<T, gchar>)
      g_free(object);
    else if constexpr (std::is_same_v<T, GError>)
      g_error_free(object);
    else
      g_object_unref(object);
  }
};

template <typename T>
using Ref = std::unique_ptr<T, Release>;

/// Transfer full: takes over the reference that the caller owns.
template <typename T>
[[nodiscard]] Ref<T> adopt(T* object) {
  return Ref<T>(object);
}

/// Transfer none: adds a reference; another owner keeps its own.
template <typename T>
[[nodiscard]] Ref<T> retain(T* object) {
  if constexpr (is_mini_object<T>) {
    gst_mini_object_ref(GST_MINI_OBJECT_CAST(object));
    return Ref<T>(object);
  } else {
    return Ref<T>(static_cast<T*>(g_object_ref(object)));
  }
}

/// Floating: takes ownership of a floating reference.
template <typename T>
[[nodiscard]] Ref<T> sink(T* object) {
  return Ref<T>(static_cast<T*>(g_object_ref_sink(object)));
}

}  // namespace cs
