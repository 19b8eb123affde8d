// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "loop/loop.hpp"
#include "sdp/media_selection.hpp"
#include "sdp/offer.hpp"
#include "session/promise.hpp"

namespace cs {

/// Negotiates one offer with webrtcbin: set-remote-description, create-answer, check and complete the answer,
/// set-local-description. Each step starts after the previous one finished. Main thread only.
class Negotiation : public std::enable_shared_from_this<Negotiation> {
 public:
  struct Handlers {
    /// Checks a candidate of the offer. Returns the text to pass to webrtcbin, or nothing to drop it.
    std::function<std::optional<std::string>(std::string_view candidate)> taken;
    /// webrtcbin created the answer and its transport; no packet has been sent or received. Returns an empty string, or
    /// the reason why the transport must not be used.
    std::function<std::string()> on_made;
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const std::string& why)> on_refused;
    std::function<void(const std::string& what)> on_step;
    std::function<void()> on_set;      ///< the local description is set; gathering of candidates has started
    std::function<void()> on_settled;  ///< last call, after success and failure: webrtcbin is idle
  };

  /// `choice` is the media section of the offer that receives the video; `fingerprint` is DtlsIdentity::fingerprint().
  Negotiation(GstElement* webrtcbin, Offer offer, NegotiatedMedia choice, std::string fingerprint, Handlers handlers,
              Loop& loop);

  void begin();

  /// True from begin() to on_settled. Stopping webrtcbin during this time leaks its ICE agent with nine descriptors.
  [[nodiscard]] bool is_under_way() const { return under_way_; }

 private:
  void create_answer();
  void accept(const PromiseResult& result);
  void refuse_for(const std::string& error);
  void refuse(const std::string& why);
  void settle();

  GstElement* bin_;
  const Offer offer_;
  const NegotiatedMedia choice_;
  const std::string fingerprint_;
  const Handlers handlers_;
  Loop& loop_;
  bool under_way_ = false;
};

}  // namespace cs
