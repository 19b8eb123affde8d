// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/loop.hpp"
#include "base/metrics.hpp"
#include "cubestream/ice_config.hpp"
#include "cubestream/signalling.hpp"
#include "gst/pipeline.hpp"
#include "ice/ice_agent.hpp"
#include "rtp/burst_sender.hpp"
#include "rtp/inbound_filter.hpp"
#include "rtp/peer_liveness.hpp"
#include "rtp/receiver_reports.hpp"
#include "rtp/rtp_sink.hpp"
#include "sdp/offer.hpp"
#include "session/dtls_identity.hpp"
#include "session/negotiation.hpp"
#include "session/peer_certificate.hpp"

namespace cs {

/// How a peer and this process come to each other, and by which certificate it knows us.
struct TransportSetup {
  const IceConfig& ice;
  const DtlsIdentity& identity;
  IpAddress::Reach peer;                ///< of where its signalling comes from
  std::optional<IpAddress> reached_at;  ///< this machine's address that it came to, if that is known
};

/// A webrtcbin that answers one offer and sends one video track. Its signals come on GStreamer's threads; the handlers
/// here run on the main thread, in the order of the signals, and may destroy this object. Main thread only.
class WebRtcBin {
 public:
  struct Handlers {
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const std::string& why)> on_refused;       ///< the offer led to no answer that sends video
    std::function<void(const Candidate&)> on_candidate;           ///< an empty one ends them
    std::function<void(const std::string& why)> on_no_candidate;  ///< a sentence: there will be none, so no picture
    std::function<void(GstWebRTCPeerConnectionState)> on_state;
    std::function<void(const std::string& what)> on_step;  ///< for the debug log
    std::function<void()> on_settled;                      ///< the negotiation is over, well or not
  };

  /// Puts a webrtcbin into `pipeline`, which must outlive this object, and sets up its ICE and DTLS. Throws
  /// StartupError.
  WebRtcBin(Pipeline& pipeline, const TransportSetup& setup, Handlers handlers, Loop& loop, Metrics& metrics);
  ~WebRtcBin();
  WebRtcBin(const WebRtcBin&) = delete;
  WebRtcBin& operator=(const WebRtcBin&) = delete;

  /// Makes the one sending track and links `rtp` to it. What the peer sends is filtered from its first packet on.
  /// Before answer().
  void send(RtpSink& rtp, Metrics& metrics);

  /// Begins the negotiation; ends in on_answer or on_refused. The pipeline must be playing.
  void answer(const std::string& offer_sdp, const NegotiatedMedia& choice);

  /// While this is so, destroying it costs descriptors for ever; wait for on_settled.
  [[nodiscard]] bool is_negotiating() const { return negotiation_ && negotiation_->is_under_way(); }

  /// Call it when it is, before anything is pushed into `rtp`: from now on there is a liveness, and a picture's
  /// packets travel together.
  void connected(RtpSink& rtp, Metrics& metrics);

  /// The certificate that the peer showed in the DTLS handshake, in PEM form; empty before that, and when it showed
  /// more than one. webrtcbin compares it with nothing.
  [[nodiscard]] std::string remote_certificate() const;

  /// Whether ICE has found a way for packets, on which DTLS may begin.
  [[nodiscard]] bool has_path() const;

  /// Whether what the peer asks for again is sent twice; of one that is connected.
  void repeat(bool on) { burst_->repeat(on); }

  /// Of what comes from the peer beside ICE, its reports (RTCP) above all. Any thread.
  [[nodiscard]] const PeerLiveness& liveness() const { return *liveness_; }

  /// The peer's latest report of its reception; none: there is none yet.
  [[nodiscard]] std::optional<ReceiverReports::Sample> report() { return reports_ ? reports_->sample() : std::nullopt; }

  /// A candidate of the peer. Those that nobody here can use are ignored, and counted.
  void add_candidate(const Candidate& candidate);

 private:
  void connect_signals();
  /// Empty, or why the transport may not be used: a GStreamer that makes it in another way.
  [[nodiscard]] std::string guard_transport();
  void pass_by_fec(RtpSink& rtp);

  Loop& loop_;
  GstElement* bin_;  // owned by the pipeline
  IceAgent ice_;
  const std::string pem_;          // our certificate and its key
  const std::string fingerprint_;  // its
  // Sections of the client's offer; webrtcbin knows the chosen one alone.
  unsigned announced_in_ = 0;      // with our candidates
  std::vector<unsigned> bundled_;  // whose candidates are its own
  // Held here alone; what GStreamer's threads hold is weak, so nothing comes home after the destructor.
  std::shared_ptr<Handlers> handlers_;
  std::shared_ptr<Negotiation> negotiation_;
  std::shared_ptr<PeerCertificate> certificate_;  // shared with who hears of it
  std::shared_ptr<InboundFilter> filter_;         // shared with the probes
  std::unique_ptr<BurstSender> burst_;
  std::optional<ReceiverReports> reports_;
  std::shared_ptr<PeerLiveness> liveness_;  // shared with the probe that hears
};

}  // namespace cs
