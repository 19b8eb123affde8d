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

/// Access units in, RTP out: the first elements of a viewer's pipeline. It has no thread of its own: the fan-out's
/// carries each unit through the payloader, webrtcbin's encryption and the socket call, none of which waits once the
/// connection stands. Built and destroyed on the main thread; the sink half is a fan-out thread's.
class RtpSink final : public AccessUnitSink {
 public:
  /// `request_keyframe` is called on GStreamer threads, for what the peer's requests (PLI or FIR) come to. Throws
  /// Fatal.
  RtpSink(Pipeline& pipeline, const OfferChoice& choice, std::function<void()> request_keyframe, Metrics& metrics);
  ~RtpSink() override;
  RtpSink(const RtpSink&) = delete;
  RtpSink& operator=(const RtpSink&) = delete;

  [[nodiscard]] bool has_room() override { return true; }  // the socket drops what it cannot take
  void push(const AccessUnit& unit) override;

  /// The element whose source pad gives the RTP packets.
  [[nodiscard]] GstElement* output() const { return payloader_; }

  /// Their synchronisation source (RFC 3550), which the answer has to announce before the first packet.
  [[nodiscard]] std::uint32_t ssrc() const { return ssrc_; }

 private:
  void begin();

  const CodecRow& row_;
  Ref<GstPad> feed_;
  GstElement* payloader_;  // owned by the pipeline
  std::uint32_t ssrc_;
  std::unique_ptr<KeyframeRequests> requests_;
  Metric& refused_;
  bool begun_ = false;  // the fan-out thread's
};

}  // namespace cs
