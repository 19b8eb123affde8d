// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/loop.hpp"
#include "sdp/offer.hpp"
#include "sdp/sdp.hpp"
#include "session/promise.hpp"

namespace cs {

/// Offer to answer, in the order that webrtcbin needs: set-remote-description, create-answer, a look at the answer,
/// set-local-description. Each step's result comes home before the next begins. Main thread only.
class Negotiation : public std::enable_shared_from_this<Negotiation> {
 public:
  struct Handlers {
    /// What is taken of a candidate of the offer.
    std::function<std::optional<std::string>(std::string_view candidate)> taken;
    /// webrtcbin made an answer, and so its transport; nothing is sent or taken yet. Not empty: why it may not be used.
    std::function<std::string()> on_made;
    std::function<void(const std::string& sdp)> on_answer;
    std::function<void(const std::string& why)> on_refused;
    std::function<void(const std::string& what)> on_step;
    std::function<void()> on_set;      ///< the answer is in force here, so candidates are being gathered
    std::function<void()> on_settled;  ///< last, whatever came of it: webrtcbin works on nothing any more
  };

  /// `choice` says which media section of the offer gets the video, and how; `fingerprint` is what the answer says of
  /// our certificate, see DtlsIdentity.
  Negotiation(GstElement* webrtcbin, NegotiatedMedia choice, std::string fingerprint, Handlers handlers, Loop& loop);

  void begin(const std::string& offer_sdp);

  /// From begin() to on_settled. A webrtcbin that is stopped meanwhile leaves its ICE agent behind, with nine
  /// descriptors.
  [[nodiscard]] bool is_under_way() const { return under_way_; }

 private:
  void create_answer();
  void accept(const PromiseResult& result);
  void refuse_for(const std::string& error);
  void refuse(const std::string& why);
  void settle();

  GstElement* bin_;
  const NegotiatedMedia choice_;
  const std::string fingerprint_;
  SdpMessage offer_;  // as it came
  const Handlers handlers_;
  Loop& loop_;
  bool under_way_ = false;
};

}  // namespace cs
