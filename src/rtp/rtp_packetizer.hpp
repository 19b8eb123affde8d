// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/access_unit.hpp"
#include "cubestream/media_clock.hpp"
#include "gst/ref.hpp"
#include "sdp/codec_table.hpp"

namespace cs {

/// Creates the RTP packets (RFC 3550) of one track. Each access unit becomes one buffer list, so each element behind is
/// called once per access unit. GStreamer's payloaders would create a list per slice and parse the access unit for each
/// viewer. If the peer supports them, two header extensions are added: playout delay 0, and the transport-wide sequence
/// number, which equals the RTP sequence number because there is only one track. One thread.
class RtpPacketizer {
 public:
  struct Config {
    int payload_type;
    std::uint32_t ssrc;
    int playout_delay_id = 0;   ///< id of the header extension in the offer (RFC 8285), 1 to 14; 0: none
    int transport_wide_id = 0;  ///< likewise
  };
  RtpPacketizer(Codec codec, const Config& config);

  /// The RTP timestamp that belongs to the zero of the clock. Any thread.
  [[nodiscard]] MediaClock media_clock() const { return {.rtp_timestamp = timestamp_offset_, .time = {}}; }

  /// Sequence number of the next packet.
  [[nodiscard]] std::uint16_t next_sequence() const { return sequence_; }

  /// Returns the packets of an access unit, at most 1,200 bytes each: tunnels may have an MTU of 1,280 bytes, from
  /// which SRTP, UDP and IPv6 headers are subtracted. The last packet has the marker bit.
  [[nodiscard]] Ref<GstBufferList> packetize(const AccessUnit& unit);

 private:
  const SplitPayload split_;
  const std::uint8_t payload_type_;
  const std::uint32_t ssrc_;
  const int playout_delay_id_;
  const int transport_wide_id_;
  const std::uint32_t timestamp_offset_;
  std::uint16_t sequence_;
  std::uint16_t picture_id_ = 0;
};

}  // namespace cs
