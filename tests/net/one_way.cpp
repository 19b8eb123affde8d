// SPDX-License-Identifier: MIT
#include "net/one_way.hpp"

#include <algorithm>
#include <utility>

namespace cs {
namespace {

constexpr double kBitsPerByte = 8;

std::chrono::nanoseconds seconds(double count) {
  return std::chrono::nanoseconds(static_cast<std::int64_t>(count * 1e9));
}

}  // namespace

bool OneWay::is_lost() {
  if (settings_.loss <= 0) return in_loss_burst_ = false;
  if (settings_.loss >= 1) return true;
  if (settings_.burst <= 1) return chance() < settings_.loss;
  // Gilbert model with two states: in the bad state all packets are lost.
  const double stays = 1 - 1 / settings_.burst;
  const double begins = settings_.loss / (settings_.burst * (1 - settings_.loss));
  return in_loss_burst_ = chance() < (in_loss_burst_ ? stays : begins);
}

bool OneWay::has_room(TimePoint now, std::size_t bytes) const {
  const auto queued = queue(now);
  if (queued.count() == 0) return true;
  if (settings_.queue_time.count() > 0) return queued <= settings_.queue_time;
  const double waiting = std::chrono::duration<double>(queued).count() * settings_.rate / kBitsPerByte;
  return waiting + static_cast<double>(bytes) <= static_cast<double>(settings_.queue_bytes);
}

void OneWay::put(TimePoint now, Packet packet) {
  ++counts_.in;
  if (now < blackout_until_) {
    ++counts_.blacked_out;
    return;
  }
  if (is_lost()) {
    ++counts_.lost;
    return;
  }
  TimePoint due = now;
  if (settings_.rate > 0) {
    if (!has_room(now, packet.size())) {
      ++counts_.overflowed;
      return;
    }
    free_at_ = std::max(now, free_at_) + seconds(static_cast<double>(packet.size()) * kBitsPerByte / settings_.rate);
    due = free_at_;
  }
  if (in_flight_.size() >= kMaxInFlight) {
    ++counts_.overflowed;
    return;
  }
  const auto jitter = std::chrono::duration<double>(settings_.jitter).count() * (2 * chance() - 1);
  due = std::max(due, due + settings_.delay + seconds(jitter));
  if (settings_.reorder > 0 && chance() < settings_.reorder) {
    ++counts_.held_back;
    due += seconds(std::chrono::duration<double>(settings_.held_back).count() * chance());
  } else {
    due = last_due_ = std::max(due, last_due_);
  }
  in_flight_.push({due, number_++, std::move(packet)});
}

std::optional<OneWay::TimePoint> OneWay::next() const {
  if (in_flight_.empty()) return std::nullopt;
  return in_flight_.top().due;
}

std::optional<OneWay::Packet> OneWay::take(TimePoint now) {
  if (in_flight_.empty() || in_flight_.top().due > now) return std::nullopt;
  Packet packet = in_flight_.top().packet;
  in_flight_.pop();
  ++counts_.out;
  counts_.bytes_out += packet.size();
  return packet;
}

}  // namespace cs
