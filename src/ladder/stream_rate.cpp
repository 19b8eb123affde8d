// SPDX-License-Identifier: MIT
#include "ladder/stream_rate.hpp"

#include <algorithm>
#include <cmath>

namespace cs {

std::optional<int> StreamRate::update(std::vector<double> carries, TimePoint now) {
  const double most = 1000.0 * rung_.most_kbps;
  double slowest = most / kHeadroom;
  expected_ = 0;
  if (!carries.empty()) {
    for (double& one : carries) one = std::min(one, most / kHeadroom);
    std::ranges::sort(carries);
    expected_ = kTolerated * carries[carries.size() / 2];  // of two viewers, the faster
    slowest = *std::ranges::lower_bound(carries, expected_);
  }
  const int wanted =
      std::clamp(static_cast<int>(std::lround(kHeadroom * slowest / 1000)), rung_.least_kbps, rung_.most_kbps);
  const bool reaches_maximum = wanted == rung_.most_kbps && kbps_ != wanted;  // which small steps would never reach
  if (!reaches_maximum && std::abs(wanted - kbps_) <= kLeastChange * kbps_) return std::nullopt;
  if (changed_at_ && now - *changed_at_ < kLeastTime) return std::nullopt;
  changed_at_ = now;
  kbps_ = wanted;
  return kbps_;
}

}  // namespace cs
