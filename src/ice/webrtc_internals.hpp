// SPDX-License-Identifier: MIT
#pragma once

#include <nice/agent.h>

#include <string>
#include <vector>

#include "gst/ref.hpp"

namespace cs {

// What cubestream uses inside webrtcbin, libnice and GnuTLS beyond their documented API. Written against the sources of
// GStreamer 1.22.0 to 1.28.8, libnice 0.1.21 to 0.1.23 and GnuTLS 3.7.9 to 3.8.9. Besides the functions below, the
// source file replaces gnutls_rnd().

/// Elements that webrtcbin creates for a connection.
enum class WebRtcElement {
  rtp_bin,       ///< RTP session: receiver reports, and the filter of inbound RTCP
  rtp_funnel,    ///< input of the RTP session: packets linked here bypass the FEC encoder
  dtls_decoder,  ///< has the peer certificate
  nice_source,   ///< inbound packets
  nice_sink      ///< outbound packets: bursts are sent in front of it
};

/// The element in a webrtcbin; null: it has none. Any thread.
[[nodiscard]] Ref<GstElement> find_element(GstElement* webrtcbin, WebRtcElement element);

/// A sentence for each element that a webrtcbin with a local description lacks: its name, and the consequence.
/// Main thread only.
[[nodiscard]] std::vector<std::string> missing_elements(GstElement* webrtcbin);

/// The socket of libnice's selected pair; null: no pair is selected. Any thread.
[[nodiscard]] Ref<GSocket> selected_socket(NiceAgent* agent, guint stream, guint component);

}  // namespace cs
