// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"

namespace cs {

/// What a viewer holds at most, its signalling included; measured by bench/viewers.mjs.
inline constexpr int kDescriptorsPerViewer = 12;

/// What a viewer begins at most, and the first one's encoder.
inline constexpr int kThreadsPerViewer = 16;

/// Who may begin a session. A session is pending until its connection stands; how many may be at once is bounded in all
/// and per address, since each holds threads and descriptors for nothing yet. Pure; one thread.
class Admission {
 public:
  enum class Decision { admitted, full, too_many_pending };

  /// Whether so many offers of one network in such a time are too many: each takes the main thread milliseconds,
  /// whatever becomes of it. This machine, where a proxy may be, is an empty network and may offer as it likes.
  [[nodiscard]] bool may_offer(const std::string& network, TimePoint now) {
    if (network.empty()) return true;
    if (offers_.size() >= kMostNetworks)
      std::erase_if(offers_, [&](const auto& entry) { return entry.second.is_full(now); });
    const auto there = offers_.find(network);
    if (there != offers_.end()) return there->second.take(now);
    if (offers_.size() >= kMostNetworks) return others_.take(now);
    return offers_.emplace(network, TokenBucket(kOffersAtOnce, kOneOfferEach)).first->second.take(now);
  }

  explicit Admission(int max_viewers)
      : max_viewers_(max_viewers),
        max_pending_(std::min(max_viewers, 128)),
        max_pending_per_address_(std::min((max_viewers + 1) / 2, 64)) {}

  [[nodiscard]] Decision ask(std::string_view address) const {
    if (viewers_ >= max_viewers_) return Decision::full;
    const bool many = pending_ >= max_pending_ || is_crowded(address);
    return many ? Decision::too_many_pending : Decision::admitted;
  }

  /// How many sessions of that address are pending.
  [[nodiscard]] int pending_of(std::string_view address) const {
    const auto there = pending_per_address_.find(address);
    return there == pending_per_address_.end() ? 0 : there->second;
  }

  /// Whether that many are pending of this address that it may have no more.
  [[nodiscard]] bool is_crowded(std::string_view address) const {
    return pending_of(address) >= max_pending_per_address_;
  }

  /// Whether a newcomer from `address` takes the place of a pending session, begun before by `other`, when there is no
  /// room: an address that has more of them than most gives way at once, so that who never connects cannot keep others
  /// out; who was given the time that a connection takes gives way to anybody.
  [[nodiscard]] bool gives_way(std::string_view other, Clock::duration age, std::string_view address) const {
    constexpr Clock::duration kTimeEnough = std::chrono::seconds(2);
    return age >= kTimeEnough || pending_of(other) > pending_of(address) + 1;
  }

  /// A session began.
  void begin(const std::string& address) {
    ++viewers_;
    ++pending_;
    ++pending_per_address_[address];
  }

  /// Its connection stands: it is not pending any more.
  void connected(const std::string& address) {
    --pending_;
    const auto there = pending_per_address_.find(address);
    if (--there->second == 0) pending_per_address_.erase(there);
  }

  /// It ended.
  void end(const std::string& address, bool was_connected) {
    if (!was_connected) connected(address);
    --viewers_;
  }

  [[nodiscard]] int viewers() const { return viewers_; }

 private:
  static constexpr int kOffersAtOnce = 32;
  static constexpr std::chrono::milliseconds kOneOfferEach{100};
  static constexpr std::size_t kMostNetworks = 1024;

  const int max_viewers_;
  const int max_pending_;
  const int max_pending_per_address_;
  int viewers_ = 0;
  int pending_ = 0;
  std::map<std::string, int, std::less<>> pending_per_address_;
  std::map<std::string, TokenBucket> offers_;
  TokenBucket others_{kOffersAtOnce, kOneOfferEach};  // of those for whom there was no room
};

/// What the system does not let this process have of what one viewer more takes, as a sentence with the way out; empty:
/// all is there. Any thread.
[[nodiscard]] std::string viewer_shortage();

/// Whether that many viewers fit into that many file descriptors, of which `others` go elsewhere; if not, a sentence on
/// how many do. Empty: they fit. Pure.
[[nodiscard]] inline std::string descriptor_shortage(int max_viewers, std::int64_t others, std::int64_t descriptors) {
  const std::int64_t needed = others + std::int64_t{max_viewers} * kDescriptorsPerViewer;
  if (needed <= descriptors) return {};
  const std::int64_t holds = std::max<std::int64_t>(0, (descriptors - others) / kDescriptorsPerViewer);
  return "CS_MAX_VIEWERS=" + std::to_string(max_viewers) + " needs " + std::to_string(needed) +
         " file descriptors, but this process may have only " + std::to_string(descriptors) + ", enough for about " +
         std::to_string(holds) +
         " viewers; raise the limit (ulimit -Hn, or LimitNOFILE= of the service) or lower "
         "CS_MAX_VIEWERS";
}

}  // namespace cs
