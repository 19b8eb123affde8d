// SPDX-License-Identifier: MIT
#include "webrtc/transport_guard.hpp"

#include <string_view>
#include <utility>

#include "gst/ref.hpp"
#include "ice/webrtc_internals.hpp"
#include "rtp/inbound_probes.hpp"

namespace cs {
namespace {

/// Sets our certificate on the DTLS element before it starts. `data` is the PEM text.
void on_deep_element(GstBin* /*bin*/, GstBin* /*parent*/, GstElement* element, void* data) {
  const GstElementFactory* factory = gst_element_get_factory(element);
  if (factory == nullptr || std::string_view(GST_OBJECT_NAME(factory)) != "dtlssrtpdec") return;
  g_object_set(element, "pem", static_cast<const std::string*>(data)->c_str(), nullptr);
}

}  // namespace

TransportGuard::TransportGuard(GstElement* webrtcbin, const DtlsIdentity& identity,
                               std::shared_ptr<NetworkMonitor> monitor, Metrics& metrics)
    : bin_(webrtcbin),
      pem_(identity.pem()),
      fingerprint_(identity.fingerprint()),
      filter_(std::make_shared<InboundFilter>(std::move(monitor), metrics)),
      liveness_(std::make_shared<PeerLiveness>()) {
  g_signal_connect_data(
      bin_, "deep-element-added", G_CALLBACK(on_deep_element), new std::string(pem_),
      [](void* pem, GClosure*) { delete static_cast<std::string*>(pem); }, GConnectFlags{});
}

std::string TransportGuard::install() {
  const auto decoder = find_element(bin_, WebRtcElement::dtls_decoder);
  const auto rtpbin = find_element(bin_, WebRtcElement::rtp_bin);
  const auto source = find_element(bin_, WebRtcElement::nice_source);
  const auto rtcp = rtpbin ? adopt(gst_element_get_static_pad(rtpbin.get(), "recv_rtcp_sink_0")) : nullptr;
  const auto packets = source ? adopt(gst_element_get_static_pad(source.get(), "src")) : nullptr;
  if (!decoder || !rtcp || !packets) return "the packet filters could not be installed in webrtcbin";
  gchar* pem = nullptr;
  g_object_get(decoder.get(), "pem", &pem, nullptr);
  if (const auto used = adopt(pem); !used || pem_ != used.get()) return "the DTLS certificate could not be set";
  certificate_ = PeerCertificate::watch(bin_);
  filter_rtcp(rtcp.get(), filter_);
  watch_packets(packets.get(), liveness_, filter_);
  return "";
}

}  // namespace cs
