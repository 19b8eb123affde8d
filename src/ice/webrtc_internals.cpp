// SPDX-License-Identifier: MIT
#include "ice/webrtc_internals.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include "base/random.hpp"
#include "gst/pipeline.hpp"

/// Replaces the function of GnuTLS that libnice uses for random bytes, on one thread per viewer. GnuTLS creates a
/// generator per thread and frees it only at process exit (3.7.9, lib/random.c). This one uses the kernel's random
/// bytes. Returns 0 or GNUTLS_E_RANDOM_FAILED. Any thread.
extern "C" [[gnu::visibility("default")]] int gnutls_rnd(int /*level*/, void* data, std::size_t size) {
  constexpr int kFailed = -206;
  return cs::fill_with_random({static_cast<std::byte*>(data), size}) ? 0 : kFailed;
}

namespace cs {
namespace {

struct ElementRow {
  WebRtcElement element;
  const char* factory;
  const char* consequence;
};

constexpr std::array kElements = {
    ElementRow{WebRtcElement::rtp_bin, "rtpbin", "no viewer can connect"},
    ElementRow{WebRtcElement::rtp_funnel, "rtpfunnel", "packets of a frame are sent one by one, which costs CPU time"},
    ElementRow{WebRtcElement::dtls_decoder, "dtlssrtpdec", "no viewer can connect"},
    ElementRow{WebRtcElement::nice_source, "nicesrc", "no viewer can connect"},
    ElementRow{WebRtcElement::nice_sink, "nicesink", "packets of a frame are sent one by one, which costs CPU time"}};

}  // namespace

Ref<GstElement> find_element(GstElement* webrtcbin, WebRtcElement element) {
  return first_element(webrtcbin, std::ranges::find(kElements, element, &ElementRow::element)->factory);
}

std::vector<std::string> missing_elements(GstElement* webrtcbin) {
  std::vector<std::string> missing;
  for (const auto& [element, factory, consequence] : kElements)
    if (!first_element(webrtcbin, factory))
      missing.push_back(std::string("webrtcbin of this GStreamer has no ") + factory + ": " + consequence);
  return missing;
}

Ref<GSocket> selected_socket(NiceAgent* agent, guint stream, guint component) {
  // The documentation says "transfer none"; libnice 0.1.21 to 0.1.23 return a new reference.
  return adopt(nice_agent_get_selected_socket(agent, stream, component));
}

}  // namespace cs
