// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <string>

#include "base/metrics.hpp"
#include "base/token_bucket.hpp"
#include "cubestream/clock.hpp"
#include "log/log.hpp"
#include "source/producer_connection.hpp"

namespace cs {

/// Producers that are refused because another one is connected. Their connections stay open until their first message
/// has come, so that a program that sends HELLO and then reads gets the sentence; at most `kMost` connections, for at
/// most `patience`. When full, closes the oldest. Source thread only.
class RefusedProducers {
 public:
  static constexpr std::size_t kMost = 4;

  /// `metrics` must outlive it.
  RefusedProducers(Log log, Metrics& metrics, Clock::duration patience = std::chrono::seconds(1));

  /// Sends ERROR with the sentence, and counts it. The log gets a few of these sentences, then one a minute, because a
  /// refused program usually tries again.
  void refuse(ProducerConnection connection, const std::string& sentence, TimePoint now);

  /// Closes connections whose first message has come or whose time is over.
  void close_finished(TimePoint now);

  /// The sockets to wait for; -1: none.
  [[nodiscard]] std::array<int, kMost> fds() const;

 private:
  struct Entry {
    ProducerConnection connection;
    TimePoint until;
  };

  const Log log_;
  Metric& refused_;
  const Clock::duration patience_;
  TokenBucket lines_{5, std::chrono::minutes(1)};
  std::deque<Entry> entries_;  // the oldest first
};

}  // namespace cs
