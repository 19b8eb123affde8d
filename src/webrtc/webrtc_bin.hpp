// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/metrics.hpp"
#include "cubestream/ice.hpp"
#include "gst/pipeline.hpp"
#include "ice/ice_agent.hpp"
#include "ice/ice_config.hpp"
#include "ice/webrtc_internals.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "rtp/burst_sender.hpp"
#include "rtp/receiver_reports.hpp"
#include "rtp/rtp_sink.hpp"
#include "sdp/media_selection.hpp"
#include "sdp/offer.hpp"
#include "webrtc/dtls_identity.hpp"
#include "webrtc/negotiation.hpp"
#include "webrtc/transport_guard.hpp"
#include "webrtc/webrtc_observer.hpp"

namespace cs {

/// ICE and DTLS settings of one connection.
struct TransportSetup {
  const IceConfig& ice;
  const DtlsIdentity& identity;
  IpAddress::Reach peer;                ///< reach of the address that the peer's signalling comes from
  std::optional<IpAddress> reached_at;  ///< local address that the client connected to, if known
};

/// A webrtcbin that answers one offer and sends one video track. Main thread only.
class WebRtcBin {
 public:
  /// Adds a webrtcbin to `pipeline`, configures ICE and DTLS, and creates the track that sends `rtp`. All of them, and
  /// `observer`, must outlive this object. Throws StartupError on failure.
  WebRtcBin(Pipeline& pipeline, RtpSink& rtp, const TransportSetup& setup, WebRtcObserver& observer, const Log& log,
            Loop& loop, Metrics& metrics);
  ~WebRtcBin();
  WebRtcBin(const WebRtcBin&) = delete;
  WebRtcBin& operator=(const WebRtcBin&) = delete;

  /// Starts the negotiation: see Negotiation::begin(). The pipeline must be playing.
  void answer(Offer offer, const NegotiatedMedia& media);

  /// While true, destroying this object leaks file descriptors; wait for on_settled().
  [[nodiscard]] bool is_negotiating() const { return negotiation_ && negotiation_->is_under_way(); }

  /// Call it once when the state is connected, before access units are pushed into `rtp`. Starts the liveness check,
  /// the receiver reports and the burst sender. Throws StartupError on failure.
  void connected(RtpSink& rtp, Metrics& metrics);

  /// See TransportGuard.
  [[nodiscard]] std::string remote_certificate() const { return guard_.remote_certificate(); }
  [[nodiscard]] const PeerLiveness& liveness() const { return guard_.liveness(); }

  /// Whether ICE is connected, so that DTLS can start.
  [[nodiscard]] bool has_path() const;

  /// What this webrtcbin lacks, see missing_elements(). Call it after an answer.
  [[nodiscard]] std::vector<std::string> missing_internals() const { return missing_elements(bin_); }

  /// Enables sending retransmissions twice. Only after connected().
  void repeat(bool on) { burst_->repeat(on); }

  /// The latest RTCP receiver report of the peer, if any.
  [[nodiscard]] std::optional<ReceiverReports::Sample> report() { return reports_ ? reports_->sample() : std::nullopt; }

  /// Adds a candidate of the peer. Unusable candidates are counted and ignored.
  void add_candidate(const Candidate& candidate);

  /// webrtcbin found a local candidate; empty: it found all.
  void on_local_candidate(const std::string& text);
  void on_state(GstWebRTCPeerConnectionState state) { observer_.on_state(state); }

 private:
  void connect_signals();
  void send(RtpSink& rtp);
  void bypass_fec(RtpSink& rtp);

  WebRtcObserver& observer_;
  const Log log_;
  Loop& loop_;
  GstElement* bin_;  // owned by the pipeline
  IceAgent ice_;
  TransportGuard guard_;
  std::shared_ptr<Negotiation> negotiation_;
  std::unique_ptr<BurstSender> burst_;
  std::optional<ReceiverReports> reports_;
  // Refers to this object. GStreamer threads hold weak references, so no signal arrives after the destructor.
  std::shared_ptr<WebRtcBin> alive_;
};

}  // namespace cs
