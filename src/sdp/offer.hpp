// SPDX-License-Identifier: MIT
#pragma once

#include <gst/sdp/sdp.h>

#include <string_view>
#include <vector>

#include "cubestream/ice.hpp"
#include "sdp/sdp.hpp"

namespace cs {

/// An offer, parsed once: all stages from the selection of the media to the answer read this object. It accepts any
/// text; select_media() refuses what cannot be answered. Immutable; movable; one thread at a time.
class Offer {
 public:
  explicit Offer(std::string_view sdp);
  explicit Offer(SdpMessage message);

  /// False: the text is not a session description, and there are no sections. Nothing else may be called then.
  [[nodiscard]] bool is_valid() const { return message_ != nullptr; }

  [[nodiscard]] const GstSDPMessage& message() const { return *message_; }
  [[nodiscard]] const std::vector<SdpSection>& sections() const { return sections_; }

  /// The ICE credentials of each section, including the session-level ones.
  [[nodiscard]] std::vector<IceCredentials> ice_credentials() const;

 private:
  SdpMessage message_;
  std::vector<SdpSection> sections_;  // with views into message_
};

}  // namespace cs
