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

/// Limits the work that a connected peer can cause in the libraries. A receiving peer sends only RTCP reports and
/// requests. GStreamer's rtpsession creates a structure for each packet in a report, an event for each packet in a
/// request and a source for each SSRC, and never frees the names of private SDES items. So rtpsession receives only
/// what it needs; transport-wide feedback goes to the NetworkMonitor instead. Dropped packets are counted by reason.
/// One streaming thread.
class InboundFilter {
 public:
  /// Reasons for dropping packets: the values of the metric's `reason` label.
  static constexpr std::array<const char*, 6> kReasons = {"rtp", "rate", "malformed", "feedback", "requests", "ssrc"};

  InboundFilter(std::shared_ptr<NetworkMonitor> monitor, Metrics& metrics);

  /// Whether an encrypted packet may pass to DTLS or SRTP. Rejects RTP, and packets beyond the rate of a receiver.
  /// Reads only the first two bytes; accepts any input.
  [[nodiscard]] bool accepts(std::span<const std::uint8_t> packet, TimePoint now);

  /// Filters a decrypted compound RTCP packet (RFC 3550, section 6.1) in place: keeps sender and receiver reports and
  /// requests for packets (NACK) and keyframes (PLI, FIR). Returns the number of bytes kept at the start of `compound`.
  /// Accepts any input.
  [[nodiscard]] std::size_t filter(std::span<std::uint8_t> compound, TimePoint now);

 private:
  static constexpr int kPackets = 500;      // burst limit of packets from the peer
  static constexpr int kRequested = 2000;   // burst limit of packets requested by NACK
  static constexpr std::size_t kSsrcs = 8;  // limit of SSRCs: one per media section that could send

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
