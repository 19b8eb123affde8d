// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "ice/ice_agent.hpp"
#include "log/log.hpp"
#include "loop/loop.hpp"
#include "sdp/media_selection.hpp"
#include "sdp/offer.hpp"
#include "webrtc/promise.hpp"
#include "webrtc/transport_guard.hpp"
#include "webrtc/webrtc_observer.hpp"

namespace cs {

/// Negotiates one offer with webrtcbin: set-remote-description, create-answer, check and complete the answer,
/// set-local-description. Each step starts after the previous one finished. Main thread only.
class Negotiation : public std::enable_shared_from_this<Negotiation> {
 public:
  /// The parts of the connection that the negotiation uses; they outlive it.
  struct Connection {
    GstElement* webrtcbin;
    IceAgent& ice;
    TransportGuard& guard;
    WebRtcObserver& observer;
    Loop& loop;
    Log log;
  };

  /// `media` is the section of the offer that receives the video.
  Negotiation(Connection connection, Offer offer, NegotiatedMedia media);

  /// Ends in on_answer() or on_failed() of the observer, and then in on_settled().
  void begin();

  /// True from begin() to on_settled(). Stopping webrtcbin during this time leaks its ICE agent with nine descriptors.
  [[nodiscard]] bool is_under_way() const { return under_way_; }

  [[nodiscard]] const NegotiatedMedia& media() const { return media_; }

 private:
  void create_answer();
  void accept(const PromiseResult& result);
  void finish(const PromiseResult& result);
  void refuse_for(const std::string& error);
  void refuse(const std::string& why);
  void settle();

  const Connection connection_;
  std::optional<Offer> offer_;  // until the negotiation ended
  const NegotiatedMedia media_;
  bool under_way_ = false;
};

}  // namespace cs
