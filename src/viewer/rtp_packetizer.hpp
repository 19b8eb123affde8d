// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>

#include "cubestream/access_unit.hpp"
#include "gst/ref.hpp"
#include "viewer/codec_table.hpp"

namespace cs {

/// Makes the RTP packets (RFC 3550) of one track, each access unit a list, so that whatever comes behind is asked once
/// per picture. GStreamer's payloaders make a list per slice, from an access unit that each of them takes apart anew.
/// One thread.
class RtpPacketizer {
 public:
  RtpPacketizer(const CodecRow& row, int payload_type, std::uint32_t ssrc);

  /// The packets, none longer than 1,200 bytes (tunnels have an MTU of 1,280, and SRTP, UDP and IPv6 want their share);
  /// the last has the marker bit.
  [[nodiscard]] Ref<GstBufferList> packetize(const AccessUnit& unit);

 private:
  const CodecRow& row_;
  const std::uint8_t payload_type_;
  const std::uint32_t ssrc_;
  const std::uint32_t timestamp_offset_;
  std::uint16_t sequence_;
  std::uint16_t picture_ = 0;
};

}  // namespace cs
