// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cs {

/// A packet that the peer reports as received.
struct Received {
  std::uint16_t sequence = 0;         ///< in the transport-wide header extension
  std::chrono::microseconds arrival;  ///< by the peer's clock, with an arbitrary origin; wraps around after 12 days
};

/// A transport-wide congestion control message (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
struct TransportFeedback {
  std::uint16_t first = 0;         ///< sequence number of the first packet reported on
  std::uint16_t count = 0;         ///< number of packets reported on, received or not
  std::vector<Received> received;  ///< in order of their numbers; never more entries than the message has bytes
};

/// Parses the body of such a message, after its two SSRCs. Accepts any bytes; malformed data ends the list. The time
/// depends on the length of the body, not on the packet count in it. Pure.
[[nodiscard]] TransportFeedback read_transport_feedback(std::span<const std::uint8_t> body);

/// Returns the transport-wide sequence number of an RTP packet from the header extension `id` (RFC 8285, section 4.2);
/// none: no such extension. Accepts any bytes. Pure.
[[nodiscard]] std::optional<std::uint16_t> transport_number(std::span<const std::uint8_t> packet, int id);

}  // namespace cs
