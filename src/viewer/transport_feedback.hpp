// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace cs {

/// A packet that a peer tells to have received.
struct Received {
  std::uint16_t sequence = 0;         ///< of the transport-wide header extension
  std::chrono::microseconds arrival;  ///< by the peer's clock, which begins anywhere and starts again after 12 days
};

/// Reads the body of a transport-wide congestion control message (draft-holmer-rmcat-transport-wide-cc-extensions-01,
/// section 3.1), behind its two SSRCs: the packets that came, in the order of their numbers. Takes any bytes; what is
/// malformed ends the list. Pure.
[[nodiscard]] std::vector<Received> read_transport_feedback(std::span<const std::uint8_t> body);

/// The transport-wide number of an RTP packet, in the header extension `id` (RFC 8285, section 4.2); none: it has none.
/// Takes any bytes. Pure.
[[nodiscard]] std::optional<std::uint16_t> transport_number(std::span<const std::uint8_t> packet, int id);

}  // namespace cs
