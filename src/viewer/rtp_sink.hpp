// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "cubestream/access_unit.hpp"
#include "gst/pipeline.hpp"
#include "viewer/keyframe_requests.hpp"
#include "viewer/offer.hpp"

namespace cs {

/// Access units in, RTP out: `appsrc ! payloader` inside a viewer's pipeline. It lets a few units wait and
/// then says it has no room. Built and destroyed on the main thread; the sink half is the encoder's streaming thread's.
class RtpSink final : public AccessUnitSink {
 public:
  /// `request_keyframe` is called on GStreamer threads, for what the peer's requests (PLI or FIR) come to.
  RtpSink(Pipeline& pipeline, const OfferChoice& choice, std::function<void()> request_keyframe, Metrics& metrics);

  [[nodiscard]] bool has_room() override;
  void push(const AccessUnit& unit) override;

  /// The element whose source pad gives the RTP packets.
  [[nodiscard]] GstElement* output() const { return payloader_; }

  /// Their synchronisation source (RFC 3550), which the answer has to announce before the first packet.
  [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }

 private:
  GstElement* source_;  // these are owned by the pipeline
  GstElement* payloader_;
  std::uint32_t ssrc_;
  std::shared_ptr<KeyframeRequests> requests_;  // shared with the pad's probe
};

}  // namespace cs
