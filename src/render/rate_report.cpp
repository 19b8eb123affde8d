// SPDX-License-Identifier: MIT
#include "render/rate_report.hpp"

#include <chrono>
#include <cstdlib>

namespace cs {
namespace {

constexpr int kWindowsToWarn = 2;  // a single slow second is not reported
constexpr int kWindowsToRecover = 3;

}  // namespace

std::optional<RateReport::Change> RateReport::add(const RateWindow& window) {
  if (window.due <= 0) return std::nullopt;
  const Cause cause = cause_of(window);
  const bool is_reported =
      cause == reported_ && (cause == Cause::kept || std::abs(rate_of(window) - reported_rate_) * 4 <= window.fps);
  if (is_reported) {
    same_ = 0;
    return std::nullopt;
  }
  same_ = cause == latest_ ? same_ + 1 : 1;
  latest_ = cause;
  if (same_ < (cause == Cause::kept ? kWindowsToRecover : kWindowsToWarn)) return std::nullopt;
  same_ = 0;
  reported_ = cause;
  reported_rate_ = rate_of(window);
  return Change{cause == Cause::kept, sentence(cause, window)};
}

RateReport::Cause RateReport::cause_of(const RateWindow& window) {
  const std::int64_t missed = window.skipped + window.refused;
  if (missed * 20 <= window.due) return Cause::kept;  // 5 %
  return window.refused > window.skipped ? Cause::encoder_busy : Cause::drawing_late;
}

std::int64_t RateReport::rate_of(const RateWindow& window) {
  return (window.due - window.skipped - window.refused) * window.fps / window.due;
}

std::string RateReport::sentence(Cause cause, const RateWindow& window) {
  using std::chrono::milliseconds;
  const std::string wanted = std::to_string(window.fps) + " frames per second";
  if (cause == Cause::kept) return "the rate is kept again: " + wanted;
  const std::string rate = " cannot keep the rate: " + std::to_string(rate_of(window)) + " of " + wanted;
  if (cause == Cause::encoder_busy) return "encoding" + rate;

  const std::int64_t drawn = window.due - window.skipped - window.refused;
  if (drawn <= 0) return "drawing" + rate;
  const Clock::duration each = window.drawing / drawn;
  const std::string takes =
      "a frame takes " + std::to_string(std::chrono::round<milliseconds>(each).count()) + " ms to draw";
  const bool slow = each * window.fps >= std::chrono::seconds(1);
  return "drawing" + rate + " (" + takes + (slow ? ")" : "; other work keeps the processor busy)");
}

}  // namespace cs
