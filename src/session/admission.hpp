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

/// Maximum number of file descriptors per viewer, signalling included; measured by bench/viewers.mjs.
inline constexpr int kDescriptorsPerViewer = 12;

/// Maximum number of threads that a viewer starts. The first viewer also starts the encoder's.
inline constexpr int kThreadsPerViewer = 16;

/// Decides which clients may start a session. A session is pending until its media connection is established. The
/// number of pending sessions is limited in total and per address, because each holds threads and descriptors.
/// Pure; one thread.
class Admission {
 public:
  enum class Decision { admitted, full, too_many_pending };

  /// Limits the rate of offers per client network, because each offer costs the main thread milliseconds even when it
  /// is refused. An empty network means this machine, where a proxy may run; it is not limited.
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

  /// Number of pending sessions of `address`.
  [[nodiscard]] int pending_of(std::string_view address) const {
    const auto there = pending_per_address_.find(address);
    return there == pending_per_address_.end() ? 0 : there->second;
  }

  /// Whether `address` has reached its limit of pending sessions.
  [[nodiscard]] bool is_crowded(std::string_view address) const {
    return pending_of(address) >= max_pending_per_address_;
  }

  /// Whether, at the limit, a new session from `address` may replace a pending session of `other` that is `age` old.
  /// True at once when `other` has at least two more pending sessions than `address`, so that clients that never
  /// connect cannot block other clients. True for every session older than 2 s, which is enough time to connect.
  [[nodiscard]] bool gives_way(std::string_view other, Clock::duration age, std::string_view address) const {
    constexpr Clock::duration kTimeEnough = std::chrono::seconds(2);
    return age >= kTimeEnough || pending_of(other) > pending_of(address) + 1;
  }

  /// A session started.
  void begin(const std::string& address) {
    ++viewers_;
    ++pending_;
    ++pending_per_address_[address];
  }

  /// The session is connected and no longer pending.
  void connected(const std::string& address) {
    --pending_;
    const auto there = pending_per_address_.find(address);
    if (--there->second == 0) pending_per_address_.erase(there);
  }

  /// The session ended.
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
  TokenBucket others_{kOffersAtOnce, kOneOfferEach};  // shared by the networks beyond kMostNetworks
};

/// Checks whether the system has enough threads and descriptors for one more viewer. Returns an empty string, or a
/// sentence that names the missing resource and the remedy. Any thread.
[[nodiscard]] std::string viewer_shortage();

/// Checks whether `descriptors` are enough for `max_viewers` when `others` are used elsewhere. Returns an empty string,
/// or a sentence that says how many viewers are possible. Pure.
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
