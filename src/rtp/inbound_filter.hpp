// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "congestion/network_monitor.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// Limits what a connected peer can make the libraries do by the packets it sends. A peer that only receives has
/// nothing to send but RTCP reports and requests. GStreamer's rtpsession makes a structure of each packet that a report
/// names, an event of each packet that a request names and a source of each SSRC, and keeps the names of private SDES
/// items for ever. So it gets only what it needs, and reports on single packets (transport-wide feedback) go to the
/// NetworkMonitor instead. What is dropped is counted by reason. One streaming thread.
class InboundFilter {
 public:
  /// Why packets are dropped: the values of the metric's label.
  static constexpr std::array<const char*, 6> kReasons = {"rtp", "rate", "malformed", "feedback", "requests", "ssrc"};

  InboundFilter(std::shared_ptr<NetworkMonitor> monitor, Metrics& metrics);

  /// Whether a packet may go to DTLS or SRTP, which it still is encrypted for: not RTP, and not more packets than a
  /// receiver sends. Looks at the first two bytes of `packet`; takes any bytes.
  [[nodiscard]] bool accepts(std::span<const std::uint8_t> packet, TimePoint now);

  /// Reads a decrypted compound RTCP packet (RFC 3550, section 6.1) and moves what rtpsession may see to its beginning:
  /// sender and receiver reports, requests for packets (NACK) and keyframes (PLI, FIR). The result is how many bytes
  /// that is. Takes any bytes.
  [[nodiscard]] std::size_t filter(std::span<std::uint8_t> compound, TimePoint now);

 private:
  static constexpr int kPackets = 500;      // that a peer may send at once
  static constexpr int kRequested = 2000;   // packets that it may request at once
  static constexpr std::size_t kSsrcs = 8;  // that it may have: one per media section that could send

  [[nodiscard]] bool knows_ssrc(std::span<const std::uint8_t> packet);
  [[nodiscard]] bool passes(std::span<const std::uint8_t> packet, TimePoint now);
  [[nodiscard]] bool passes_feedback(std::span<const std::uint8_t> packet, TimePoint now);

  const std::shared_ptr<NetworkMonitor> monitor_;
  Metric& rtp_;
  Metric& flood_;
  Metric& malformed_;
  Metric& implausible_;
  Metric& requests_;
  Metric& ssrcs_;
  TokenBucket packets_{kPackets, std::chrono::milliseconds(2)};        // 500 a second
  TokenBucket requested_{kRequested, std::chrono::microseconds(500)};  // 2,000 a second
  std::array<std::uint32_t, kSsrcs> known_ssrcs_ = {};
  std::size_t ssrc_count_ = 0;
};

}  // namespace cs
