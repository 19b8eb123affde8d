// SPDX-License-Identifier: MIT
// Viewer: network statistics, rung switches and reports to the client.
#include <cstdlib>
#include <utility>

#include "session/viewer.hpp"

namespace cs {
namespace {

constexpr double kKbit = 1000;
constexpr double kRepeatFrom = 0.02;  // loss ratio; successful retransmissions do not count as lost

}  // namespace

Watching Viewer::watching(TimePoint now) {
  rungs_->settle();
  count_moves();
  path_.sent(rtp_.sent().bytes, now);
  return {.channel = choice_.channel,
          .rung = rungs_->rung(),
          .next = rungs_->next(),
          .sending = path_.sending(),
          .is_crowded = path_.is_crowded(),
          .carries = path_.carries(),
          .limited_at = path_.limited_at()};
}

void Viewer::count_moves() {
  const std::size_t rung = rungs_->rung();
  if (rung == rung_) return;
  const bool is_down = rung > rung_;
  viewers_shown().add(-1);
  rung_ = rung;
  viewers_shown().add();
  ++(is_down ? down_ : up_);
  (is_down ? moves_down_ : moves_up_).add();
  log_->info("switched to {}x{}: network capacity is about {:.0f} kbit/s", shown().size.width, shown().size.height,
             path_.carries().value_or(0) / kKbit);
  send_network();
}

void Viewer::sample_network(TimePoint now) {
  const bool slow = rtp_.monitor()->is_slow(now);
  if (is_limited()) {
    const double before = limited_s_;
    limited_s_ += std::chrono::duration<double>(now - sampled_at_).count();
    limited_seconds_.add(static_cast<std::int64_t>(limited_s_) - static_cast<std::int64_t>(before));
  }
  if (std::exchange(is_slowed_, slow) != slow) {
    slowed_.add(slow ? 1 : -1);
    log_->info("{}",
               slow ? "network too slow: frames are skipped" : "network fast enough again: no frames are skipped");
  }
  send_network();
}

void Viewer::send_network() {
  SendNetwork news{.slow = is_slowed_};
  if (const auto carries = path_.carries(); is_limited() && carries)
    news.carries_kbps = static_cast<int>(*carries / kKbit);
  if (rung_ > 0) news.smaller = shown().size;
  const int told = sent_network_.carries_kbps;
  const bool differs = std::abs(news.carries_kbps - told) > told / 4;
  const bool is_other = news.slow != sent_network_.slow || news.smaller != sent_network_.smaller;
  if ((is_other || differs) && handlers_.on_network(news)) sent_network_ = news;
}

void Viewer::look(TimePoint now) {
  if (!is_connected_ || is_closing_) return;
  rates_.add(path_.sending() / 8);
  if (const auto carries = path_.carries()) carries_.add(*carries / 8);
  sample_network(now);
  sampled_at_ = now;
  const auto report = webrtc_.report();
  if (!report || !report->is_new) return;
  const Reception& latest = report->reception;
  path_.heard(latest, now);
  // Duplicate packets decrease packets_lost (RFC 3550, section 6.4.1), but a counter must not decrease.
  const std::int64_t newly_lost = latest.packets_lost - (reception_ ? reception_->packets_lost : 0);
  if (newly_lost > 0) packets_lost_.add(newly_lost);
  if (latest.round_trip_s) round_trips_.add(*latest.round_trip_s);
  losses_.add(latest.loss);
  webrtc_.repeat(latest.loss >= kRepeatFrom &&
                 !is_slowed_);  // duplicates would make the queue of a slow network longer
  jitters_.add(latest.jitter_s);
  reception_ = latest;
}

ViewerFigures Viewer::figures() const {
  const auto sent = rtp_.sent();
  return {.codec = choice_.codec,
          .state = state_,
          .since = born_,
          .connected_after = connected_after_,
          .bytes = sent.bytes,
          .packets = sent.packets,
          .pictures = sent.pictures,
          .pictures_skipped = sent.pictures_skipped,
          .pictures_skipped_for_network = sent.pictures_skipped_for_network,
          .picture = shown(),
          .moves_down = down_,
          .moves_up = up_,
          .limited_s = limited_s_,
          .slowed = is_slowed_,
          .bytes_per_second = path_.sending() / 8,
          .carries_bits_per_second = path_.carries(),
          .reception = reception_};
}

}  // namespace cs
