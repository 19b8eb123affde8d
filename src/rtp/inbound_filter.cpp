// SPDX-License-Identifier: MIT
#include "rtp/inbound_filter.hpp"

#include <algorithm>
#include <bit>
#include <utility>

#include "congestion/transport_feedback.hpp"

namespace cs {
namespace {

using Bytes = std::span<const std::uint8_t>;

// RFC 3550, section 12.1; RFC 4585, section 6.1.
constexpr std::uint8_t kSenderReport = 200;
constexpr std::uint8_t kReceiverReport = 201;
constexpr std::uint8_t kTransportLayerFeedback = 205;
constexpr std::uint8_t kPayloadSpecificFeedback = 206;

// Feedback formats: RFC 4585, sections 6.2.1 and 6.3.1; RFC 5104, section 4.3.1; and transport-wide feedback.
constexpr unsigned kNack = 1;
constexpr unsigned kTransportWideFeedback = 15;
constexpr unsigned kPli = 1;
constexpr unsigned kFir = 4;

constexpr std::size_t kWord = 4;
constexpr std::size_t kSsrcAt = 4;
constexpr std::size_t kFeedbackBody = 12;  // after the header and two SSRCs

std::uint32_t word_at(Bytes bytes, std::size_t at) {
  return std::uint32_t{bytes[at]} << 24U | std::uint32_t{bytes[at + 1]} << 16U | std::uint32_t{bytes[at + 2]} << 8U |
         bytes[at + 3];
}

/// The first packet of a compound packet; empty if malformed.
Bytes first_packet(Bytes compound) {
  constexpr unsigned kVersion = 2;
  if (compound.size() < kWord || compound[0] >> 6U != kVersion) return {};
  const std::size_t size = kWord * (1 + (std::size_t{compound[2]} << 8U | compound[3]));
  return size <= compound.size() ? compound.first(size) : Bytes{};
}

/// Number of packets that a NACK requests.
int requested_by(Bytes packet) {
  int count = 0;
  for (std::size_t at = kFeedbackBody; at + kWord <= packet.size(); at += kWord)
    count += 1 + std::popcount(word_at(packet, at) & 0xffffU);
  return count;
}

Metric& dropped(Metrics& metrics, const char* reason) {
  return metrics.get("viewer_inbound_packets_dropped_total", {{"reason", reason}});
}

}  // namespace

InboundFilter::InboundFilter(std::shared_ptr<NetworkMonitor> monitor, Metrics& metrics)
    : monitor_(std::move(monitor)),
      rtp_(dropped(metrics, "rtp")),
      flood_(dropped(metrics, "rate")),
      malformed_(dropped(metrics, "malformed")),
      implausible_(dropped(metrics, "feedback")),
      requests_(dropped(metrics, "requests")),
      ssrcs_(dropped(metrics, "ssrc")) {}

bool InboundFilter::accepts(Bytes packet, TimePoint now) {
  const bool is_media = packet.size() >= 2 && packet[0] >= 128 && packet[0] <= 191;  // RFC 7983, section 7
  const bool is_rtcp = is_media && packet[1] >= 192 && packet[1] <= 223;             // RFC 5761, section 4
  if (is_media && !is_rtcp) {
    rtp_.add();
    return false;
  }
  if (packets_.take(now)) return true;
  flood_.add();
  return false;
}

std::size_t InboundFilter::filter(std::span<std::uint8_t> compound, TimePoint now) {
  std::size_t kept = 0;
  for (std::size_t at = 0; at < compound.size();) {
    const Bytes packet = first_packet(compound.subspan(at));
    if (packet.empty()) {
      malformed_.add();
      break;
    }
    if (passes(packet, now)) {
      std::ranges::copy(packet, compound.begin() + static_cast<std::ptrdiff_t>(kept));  // moves data left
      kept += packet.size();
    }
    at += packet.size();
  }
  return kept;
}

bool InboundFilter::knows_ssrc(Bytes packet) {
  const std::uint32_t ssrc = word_at(packet, kSsrcAt);
  const auto known = std::span(known_ssrcs_).first(ssrc_count_);
  if (std::ranges::find(known, ssrc) != known.end()) return true;
  if (ssrc_count_ == known_ssrcs_.size()) {
    ssrcs_.add();
    return false;
  }
  known_ssrcs_.at(ssrc_count_++) = ssrc;
  return true;
}

bool InboundFilter::passes(Bytes packet, TimePoint now) {
  switch (packet[1]) {
    case kSenderReport:
    case kReceiverReport:
      return packet.size() >= kSsrcAt + kWord && knows_ssrc(packet);
    case kTransportLayerFeedback:
    case kPayloadSpecificFeedback:
      return packet.size() >= kFeedbackBody && passes_feedback(packet, now);
    default:
      return false;
  }
}

bool InboundFilter::passes_feedback(Bytes packet, TimePoint now) {
  const unsigned format = packet[0] & 0x1fU;
  if (packet[1] == kPayloadSpecificFeedback) return (format == kPli || format == kFir) && knows_ssrc(packet);
  if (format == kTransportWideFeedback) {
    const TransportFeedback feedback = read_transport_feedback(packet.subspan(kFeedbackBody));
    if (monitor_->has_sent(feedback.first, feedback.count))
      monitor_->heard(feedback.received, now);
    else
      implausible_.add();
    return false;
  }
  if (format != kNack || !knows_ssrc(packet)) return false;
  if (requested_.take(now, requested_by(packet))) return true;
  requests_.add();
  return false;
}

}  // namespace cs
