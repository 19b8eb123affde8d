// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/signalling.hpp"
#include "gst/pipeline.hpp"
#include "ice/ice_agent.hpp"
#include "ice/ice_config.hpp"
#include "ice/webrtc_internals.hpp"
#include "loop/loop.hpp"
#include "rtp/burst_sender.hpp"
#include "rtp/inbound_filter.hpp"
#include "rtp/peer_liveness.hpp"
#include "rtp/receiver_reports.hpp"
#include "rtp/rtp_sink.hpp"
#include "sdp/media_selection.hpp"
#include "sdp/offer.hpp"
#include "session/dtls_identity.hpp"
#include "session/negotiation.hpp"
#include "session/peer_certificate.hpp"

namespace cs {

/// ICE and DTLS settings of one connection.
struct TransportSetup {
  const IceConfig& ice;
  const DtlsIdentity& identity;
  IpAddress::Reach peer;                ///< reach of the address that the peer's signalling comes from
  std::optional<IpAddress> reached_at;  ///< local address that the client connected to, if known
};

/// A webrtcbin that answers one offer and sends one video track. The handlers run on the main thread, in the order of
/// webrtcbin's signals, and may destroy this object. Main thread only.
class WebRtcBin {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const std::string& why)> on_refused;       ///< no answer that sends video is possible
    std::function<void(const Candidate&)> on_candidate;           ///< empty: end of candidates
    std::function<void(const std::string& why)> on_no_candidate;  ///< no local candidate; a sentence with the reason
    std::function<void(GstWebRTCPeerConnectionState)> on_state;
    std::function<void(const std::string& what)> on_step;  ///< for the debug log
    std::function<void()> on_settled;                      ///< the negotiation ended, after success and failure
  };

  /// Adds a webrtcbin to `pipeline`, which must outlive this object, and configures ICE and DTLS. Throws StartupError
  /// on failure.
  WebRtcBin(Pipeline& pipeline, const TransportSetup& setup, Handlers handlers, Loop& loop, Metrics& metrics);
  ~WebRtcBin();
  WebRtcBin(const WebRtcBin&) = delete;
  WebRtcBin& operator=(const WebRtcBin&) = delete;

  /// Creates the sending track, links `rtp` to it and creates the filter for packets of the peer. Call it before
  /// answer(). Throws StartupError on failure.
  void send(RtpSink& rtp, Metrics& metrics);

  /// Starts the negotiation, which ends in on_answer or on_refused. The pipeline must be playing.
  void answer(Offer offer, const NegotiatedMedia& choice);

  /// While true, destroying this object leaks file descriptors; wait for on_settled.
  [[nodiscard]] bool is_negotiating() const { return negotiation_ && negotiation_->is_under_way(); }

  /// Call it once when the state is connected, before access units are pushed into `rtp`. Starts the liveness check,
  /// the receiver reports and the burst sender. Throws StartupError on failure.
  void connected(RtpSink& rtp, Metrics& metrics);

  /// The certificate that the peer presented in the DTLS handshake, in PEM format; empty before the handshake and when
  /// the peer presented different ones. webrtcbin itself does not verify it.
  [[nodiscard]] std::string remote_certificate() const;

  /// Whether ICE is connected, so that DTLS can start.
  [[nodiscard]] bool has_path() const;

  /// What this webrtcbin lacks, see missing_elements(). Call it after an answer.
  [[nodiscard]] std::vector<std::string> missing_internals() const { return missing_elements(bin_); }

  /// Enables sending retransmissions twice. Only after connected().
  void repeat(bool on) { burst_->repeat(on); }

  /// Liveness of the peer, from its packets except ICE (mainly RTCP). Any thread.
  [[nodiscard]] const PeerLiveness& liveness() const { return *liveness_; }

  /// The latest RTCP receiver report of the peer, if any.
  [[nodiscard]] std::optional<ReceiverReports::Sample> report() { return reports_ ? reports_->sample() : std::nullopt; }

  /// Adds a candidate of the peer. Unusable candidates are counted and ignored.
  void add_candidate(const Candidate& candidate);

 private:
  void connect_signals();
  /// Installs the filters and checks the certificate. Returns an empty string, or the reason why the transport must not
  /// be used (a GStreamer version with another structure).
  [[nodiscard]] std::string guard_transport();
  void bypass_fec(RtpSink& rtp);

  Loop& loop_;
  GstElement* bin_;  // owned by the pipeline
  IceAgent ice_;
  const std::string pem_;          // our certificate and private key
  const std::string fingerprint_;  // of the certificate
  // Section indices of the client's offer; webrtcbin knows only the chosen section.
  unsigned announced_in_ = 0;      // for our candidates
  std::vector<unsigned> bundled_;  // sections that share the transport
  // The only strong reference. GStreamer threads hold weak ones, so no handler runs after the destructor.
  std::shared_ptr<Handlers> handlers_;
  std::shared_ptr<Negotiation> negotiation_;
  std::shared_ptr<PeerCertificate> certificate_;  // shared with the signal handler
  std::shared_ptr<InboundFilter> filter_;         // shared with the probes
  std::unique_ptr<BurstSender> burst_;
  std::optional<ReceiverReports> reports_;
  std::shared_ptr<PeerLiveness> liveness_;  // shared with the probe
};

}  // namespace cs
