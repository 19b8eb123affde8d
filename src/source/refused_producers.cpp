// SPDX-License-Identifier: MIT
#include "source/refused_producers.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace cs {

RefusedProducers::RefusedProducers(Log log, Metrics& metrics, Clock::duration patience)
    : log_(std::move(log)), refused_(metrics.get("producers_refused_total")), patience_(patience) {}

void RefusedProducers::refuse(ProducerConnection connection, const std::string& sentence, TimePoint now) {
  refused_.add();
  if (lines_.take(now)) log_->warn("refused {}: {}", connection.peer(), sentence);
  ProducerMessageWriter writer;
  if (!connection.send(writer.error(ProducerErrorCode::busy, sentence))) return;  // it has left
  if (entries_.size() == kMost) {
    entries_.front().connection.stop_receiving();
    entries_.pop_front();
  }
  entries_.push_back({std::move(connection), now + patience_});
}

void RefusedProducers::close_finished(TimePoint now) {
  for (auto entry = entries_.begin(); entry != entries_.end();) {
    const bool is_waiting = std::holds_alternative<ProducerConnection::Nothing>(entry->connection.receive());
    if (is_waiting && now < entry->until) {
      ++entry;
      continue;
    }
    entry->connection.stop_receiving();
    entry = entries_.erase(entry);
  }
}

std::array<int, RefusedProducers::kMost> RefusedProducers::fds() const {
  std::array<int, kMost> result{};
  result.fill(-1);
  std::ranges::transform(entries_, result.begin(), [](const Entry& entry) { return entry.connection.fd(); });
  return result;
}

}  // namespace cs
