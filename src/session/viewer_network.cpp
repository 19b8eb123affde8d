// SPDX-License-Identifier: MIT
#include "session/viewer_network.hpp"

#include <cstdlib>
#include <utility>

namespace cs {
namespace {

constexpr double kKbit = 1000;
constexpr double kRepeatFrom = 0.02;  // loss ratio; successful retransmissions do not count as lost

}  // namespace

ViewerNetwork::ViewerNetwork(const RtpSink& rtp, Codec codec, std::vector<FrameFormat> formats, ViewerMetrics& metrics,
                             Log log)
    : rtp_(rtp),
      codec_(codec),
      formats_(std::move(formats)),
      scene_(formats_.front().size),
      metrics_(metrics),
      log_(std::move(log)),
      path_(rtp.monitor()) {}

void ViewerNetwork::begin(TimePoint now) {
  sampled_at_ = now;
  is_shown_ = true;
  gauge().add();
}

void ViewerNetwork::end() {
  if (std::exchange(is_shown_, false)) gauge().add(-1);
  if (std::exchange(is_slowed_, false)) metrics_.slowed.add(-1);
}

bool ViewerNetwork::on_rung(std::size_t rung) {
  if (rung == rung_) return false;
  const bool is_down = rung > rung_;
  gauge().add(-1);
  rung_ = rung;
  gauge().add();
  ++(is_down ? moves_down_ : moves_up_);
  (is_down ? metrics_.moves_down : metrics_.moves_up).add();
  log_->info("switched to {}: network capacity is about {:.0f} kbit/s", text_of(shown().size),
             path_.carries().value_or(0) / kKbit);
  return true;
}

Watching ViewerNetwork::watching(TimePoint now) {
  path_.sent(rtp_.sent().bytes, now);
  return {.sending = path_.sending(),
          .is_crowded = path_.is_crowded(),
          .carries = path_.carries(),
          .limited_at = path_.limited_at()};
}

void ViewerNetwork::count_limited_time(TimePoint now) {
  if (is_limited()) {
    const double before = limited_s_;
    limited_s_ += std::chrono::duration<double>(now - sampled_at_).count();
    metrics_.limited_seconds.add(static_cast<std::int64_t>(limited_s_) - static_cast<std::int64_t>(before));
  }
  sampled_at_ = now;
}

void ViewerNetwork::look(TimePoint now) {
  metrics_.send_rates.add(path_.sending() / 8);
  if (const auto carries = path_.carries()) metrics_.capacities.add(*carries / 8);
  count_limited_time(now);
  const bool slow = rtp_.monitor()->is_slow(now);
  if (std::exchange(is_slowed_, slow) != slow) {
    metrics_.slowed.add(slow ? 1 : -1);
    log_->info("{}",
               slow ? "network too slow: frames are skipped" : "network fast enough again: no frames are skipped");
  }
}

void ViewerNetwork::hear(const Reception& report, TimePoint now) {
  path_.heard(report, now);
  // Duplicate packets decrease packets_lost (RFC 3550, section 6.4.1), but a counter must not decrease.
  const std::int64_t newly_lost = report.packets_lost - (reception_ ? reception_->packets_lost : 0);
  if (newly_lost > 0) metrics_.packets_lost.add(newly_lost);
  if (report.round_trip_s) metrics_.round_trips.add(*report.round_trip_s);
  metrics_.losses.add(report.loss);
  metrics_.jitters.add(report.jitter_s);
  reception_ = report;
}

bool ViewerNetwork::loses_retransmissions() const {
  // Duplicates would make the queue of a slow network longer.
  return reception_ && reception_->loss >= kRepeatFrom && !is_slowed_;
}

std::optional<SendNetwork> ViewerNetwork::news() const {
  SendNetwork news{.slow = is_slowed_};
  if (const auto carries = path_.carries(); is_limited() && carries)
    news.carries_kbps = static_cast<int>(*carries / kKbit);
  if (rung_ > 0) news.smaller = shown().size;
  const bool differs = std::abs(news.carries_kbps - told_.carries_kbps) > told_.carries_kbps / 4;
  if (news.slow == told_.slow && news.smaller == told_.smaller && !differs) return std::nullopt;
  return news;
}

void ViewerNetwork::describe(ViewerFigures& figures) const {
  figures.picture = shown();
  figures.moves_down = moves_down_;
  figures.moves_up = moves_up_;
  figures.limited_s = limited_s_;
  figures.slowed = is_slowed_;
  figures.bytes_per_second = path_.sending() / 8;
  figures.carries_bits_per_second = path_.carries();
  figures.reception = reception_;
}

}  // namespace cs
