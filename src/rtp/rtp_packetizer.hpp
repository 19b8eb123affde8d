// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/access_unit.hpp"
#include "cubestream/media_clock.hpp"
#include "gst/ref.hpp"
#include "rtp/payload_split.hpp"

namespace cs {

/// Makes the RTP packets (RFC 3550) of one track, each access unit a list, so that whatever comes behind is asked once
/// per picture. Where the peer understands it, each picture asks to be shown without delay, and packets are numbered
/// for its reports, by their sequence numbers, as there is no other track. GStreamer's payloaders make
/// a list per slice, from an access unit that each of them takes apart anew. One thread.
class RtpPacketizer {
 public:
  struct Config {
    int payload_type;
    std::uint32_t ssrc;
    int playout_delay_id = 0;   ///< the offer's number for that header extension (RFC 8285), 1 to 14; 0: it has none
    int transport_wide_id = 0;  ///< the same
  };
  RtpPacketizer(Codec codec, const Config& config);

  /// Any thread.
  [[nodiscard]] MediaClock media_clock() const { return {.rtp_timestamp = timestamp_offset_, .time = {}}; }

  /// Of the first packet that comes.
  [[nodiscard]] std::uint16_t next_sequence() const { return sequence_; }

  /// The packets, none longer than 1,200 bytes (tunnels have an MTU of 1,280, and SRTP, UDP and IPv6 want their share);
  /// the last has the marker bit.
  [[nodiscard]] Ref<GstBufferList> packetize(const AccessUnit& unit);

 private:
  const SplitPayload split_;
  const std::uint8_t payload_type_;
  const std::uint32_t ssrc_;
  const int playout_delay_id_;
  const int transport_wide_id_;
  const std::uint32_t timestamp_offset_;
  std::uint16_t sequence_;
  std::uint16_t picture_ = 0;
};

}  // namespace cs
