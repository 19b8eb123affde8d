// SPDX-License-Identifier: MIT
#include "webrtc/promise.hpp"

namespace cs {

PromiseResult read_promise(GstPromise* promise) {
  PromiseResult result;
  const GstStructure* reply = gst_promise_get_reply(promise);
  if (reply == nullptr) return result;
  if (gst_structure_has_field_typed(reply, "error", G_TYPE_ERROR)) {
    GError* raw_error = nullptr;
    gst_structure_get(reply, "error", G_TYPE_ERROR, &raw_error, nullptr);
    result.error = adopt(raw_error)->message;
  }
  for (const char* field : {"answer", "offer"}) {
    if (!gst_structure_has_field_typed(reply, field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION)) continue;
    GstWebRTCSessionDescription* description = nullptr;
    gst_structure_get(reply, field, GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, nullptr);
    result.description = std::shared_ptr<GstWebRTCSessionDescription>(description, Release());
  }
  return result;
}

}  // namespace cs
