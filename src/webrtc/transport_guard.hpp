// SPDX-License-Identifier: MIT
#pragma once

#include <gst/gst.h>

#include <memory>
#include <string>

#include "base/metrics.hpp"
#include "congestion/network_monitor.hpp"
#include "rtp/inbound_filter.hpp"
#include "rtp/peer_liveness.hpp"
#include "webrtc/dtls_identity.hpp"
#include "webrtc/peer_certificate.hpp"

namespace cs {

/// Protects the transport of one webrtcbin: sets our certificate, records the peer's, and filters inbound packets. Main
/// thread only.
class TransportGuard {
 public:
  /// `webrtcbin` must be new, and outlive this object.
  TransportGuard(GstElement* webrtcbin, const DtlsIdentity& identity, std::shared_ptr<NetworkMonitor> monitor,
                 Metrics& metrics);

  /// Installs the filters and checks our certificate. Call it when webrtcbin has created an answer, before it can send
  /// or receive a packet. Returns an empty string, or the reason why the transport must not be used (a GStreamer
  /// version with another structure).
  [[nodiscard]] std::string install();

  /// Our certificate, as the value of an a=fingerprint attribute.
  [[nodiscard]] const std::string& fingerprint() const { return fingerprint_; }

  /// The certificate that the peer presented in the DTLS handshake, in PEM format; empty before the handshake and when
  /// the peer presented different ones. webrtcbin itself does not verify it.
  [[nodiscard]] std::string remote_certificate() const { return certificate_ ? certificate_->pem() : ""; }

  /// Liveness of the peer, from its packets except ICE (mainly RTCP). Its methods: any thread.
  [[nodiscard]] PeerLiveness& liveness() { return *liveness_; }
  [[nodiscard]] const PeerLiveness& liveness() const { return *liveness_; }

 private:
  GstElement* bin_;
  const std::string pem_;  // our certificate and private key
  const std::string fingerprint_;
  const std::shared_ptr<InboundFilter> filter_;   // shared with the probes
  const std::shared_ptr<PeerLiveness> liveness_;  // shared with the probe
  std::shared_ptr<PeerCertificate> certificate_;  // shared with the signal handler
};

}  // namespace cs
