// SPDX-License-Identifier: MIT
#pragma once

#include <gst/webrtc/webrtc.h>

#include <string>

#include "cubestream/ice.hpp"

namespace cs {

/// What a WebRtcBin reports. Called on the main thread, in the order of webrtcbin's signals. A call may close the
/// connection, but must not destroy the WebRtcBin.
class WebRtcObserver {
 public:
  virtual void on_answer(const std::string& sdp) = 0;
  /// A local candidate; empty: end of candidates.
  virtual void on_candidate(const Candidate& candidate) = 0;
  /// No connection is possible: an error code and a sentence for the client.
  virtual void on_failed(const std::string& code, const std::string& sentence) = 0;
  virtual void on_state(GstWebRTCPeerConnectionState state) = 0;
  /// The negotiation ended, after success and failure: webrtcbin can be stopped without a leak.
  virtual void on_settled() = 0;

 protected:
  WebRtcObserver() = default;
  ~WebRtcObserver() = default;
  WebRtcObserver(const WebRtcObserver&) = default;
  WebRtcObserver& operator=(const WebRtcObserver&) = default;
};

}  // namespace cs
