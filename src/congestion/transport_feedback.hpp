// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cs {

/// A packet that a peer reports as received.
struct Received {
  std::uint16_t sequence = 0;         ///< of the transport-wide header extension
  std::chrono::microseconds arrival;  ///< by the peer's clock, which begins anywhere and starts again after 12 days
};

/// A transport-wide congestion control message (draft-holmer-rmcat-transport-wide-cc-extensions-01, section 3.1).
struct TransportFeedback {
  std::uint16_t first = 0;         ///< number of the first packet it reports on
  std::uint16_t count = 0;         ///< how many packets it reports on, whatever it says of them
  std::vector<Received> received;  ///< in the order of their numbers; fewer than the message has bytes
};

/// Reads the body of such a message, behind its two SSRCs. Takes any bytes; what is malformed ends the list. The time
/// it takes depends on the length of the body, not on how many packets this names. Pure.
[[nodiscard]] TransportFeedback read_transport_feedback(std::span<const std::uint8_t> body);

/// The transport-wide number of an RTP packet, in the header extension `id` (RFC 8285, section 4.2); none: it has none.
/// Takes any bytes. Pure.
[[nodiscard]] std::optional<std::uint16_t> transport_number(std::span<const std::uint8_t> packet, int id);

}  // namespace cs
