// SPDX-License-Identifier: MIT
#include "congestion/network_estimate.hpp"

namespace cs {

void NetworkEstimate::sent(std::int64_t bytes, TimePoint now) {
  recent_.emplace_back(now, bytes);
  while (recent_.size() > 2 && now - recent_[1].first >= kSpan) recent_.pop_front();
  const auto& [then, bytes_then] = recent_.front();
  if (now - then >= kLeastSpan)
    sending_ = 8 * static_cast<double>(bytes - bytes_then) / std::chrono::duration<double>(now - then).count();
}

void NetworkEstimate::heard(const Reception& report, TimePoint now) {
  if (report.round_trip_s)
    monitor_->set_round_trip(std::chrono::milliseconds(static_cast<int>(*report.round_trip_s * 1000)));
  const auto round_trip =
      report.round_trip_s ? std::optional(std::chrono::duration<double>(*report.round_trip_s)) : std::nullopt;
  by_reports_.heard(report.loss, round_trip, sending_, now);
}

std::optional<double> NetworkEstimate::carries() const {
  const auto by_packets = monitor_->carries();
  return by_packets ? by_packets : by_reports_.rate();
}

std::optional<TimePoint> NetworkEstimate::limited_at() const {
  return has_packet_feedback() ? monitor_->limited_at() : by_reports_.limited_at();
}

bool NetworkEstimate::is_crowded() const {
  return has_packet_feedback() ? monitor_->waiting().value_or(kWaiting) > kWaiting : by_reports_.is_crowded();
}

}  // namespace cs
