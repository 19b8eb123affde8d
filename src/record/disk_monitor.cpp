// SPDX-License-Identifier: MIT
#include "record/disk_monitor.hpp"

#include <utility>

namespace cs {
namespace {

constexpr int kChecksPerHang = 5;
constexpr std::chrono::seconds kLossCheckInterval{10};
constexpr const char* kDiskAnswers = "the disk of CS_RECORD_DIR answers again";

}  // namespace

DiskMonitor::DiskMonitor(const DiskThread& disk, std::chrono::milliseconds hang, Metrics& metrics,
                         std::function<void()> on_change)
    : disk_(disk),
      hang_(hang),
      on_change_(std::move(on_change)),
      log_(make_log("record")),
      errors_(metrics.get("recording_errors_total")),
      skipped_(metrics.get("recording_frames_skipped_total")) {}

void DiskMonitor::watch(bool files_open) {
  if (!files_open) {
    hang_timer_.reset();
    loss_timer_.reset();
    if (std::exchange(hangs_, false) && disk_.busy_for() < hang_) log_->info("{}", kDiskAnswers);
  } else if (!hang_timer_) {
    hang_timer_ = std::make_unique<Timer>(hang_ / kChecksPerHang, Timer::Repeat::forever, [this] { check_hang(); });
    loss_timer_ = std::make_unique<Timer>(kLossCheckInterval, Timer::Repeat::forever, [this] { check_losses(); });
  }
}

void DiskMonitor::check_hang() {
  const bool hangs = disk_.busy_for() >= hang_;
  if (hangs == std::exchange(hangs_, hangs)) return;
  if (hangs) {
    errors_.add();
    log_->error("not writing: {}; frames are buffered up to a limit, then dropped", kDiskHangs.sentence);
  } else {
    log_->info("{}", kDiskAnswers);
  }
  on_change_();
}

void DiskMonitor::check_losses() {
  const std::int64_t skips = skipped_.value();
  const std::int64_t lost = skips - std::exchange(skips_seen_, skips);
  if (lost > 0) log_->warn("the disk of CS_RECORD_DIR is too slow: at least {} frames were not recorded", lost);
}

}  // namespace cs
