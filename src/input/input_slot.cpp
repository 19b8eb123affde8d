// SPDX-License-Identifier: MIT
#include "input/input_slot.hpp"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>

namespace cs {
namespace {

/// Merges `later` into `earlier`, which came directly before it. False: both are needed.
template <typename A, typename B>
bool merge_into(A& /*earlier*/, const B& /*later*/) {
  return false;
}
bool merge_into(PointerInput& earlier, const PointerInput& later) {
  const bool is_same = earlier.device == later.device && earlier.id == later.id && earlier.buttons == later.buttons;
  if (!is_same || earlier.action != PointerAction::move || later.action != PointerAction::move) return false;
  earlier = later;
  return true;
}
bool merge_into(MotionInput& earlier, const MotionInput& later) {
  if (earlier.buttons != later.buttons) return false;
  const float dx = earlier.dx + later.dx;
  const float dy = earlier.dy + later.dy;
  earlier = later;
  earlier.dx = dx;
  earlier.dy = dy;
  return true;
}
bool merge_into(WheelInput& earlier, const WheelInput& later) {
  if (earlier.modifiers != later.modifiers) return false;
  const float dx = earlier.dx + later.dx;
  const float dy = earlier.dy + later.dy;
  earlier = later;
  earlier.dx = dx;
  earlier.dy = dy;
  return true;
}
bool merge_into(PinchInput& earlier, const PinchInput& later) {
  const float factor = std::clamp(earlier.factor * later.factor, 0.001F, 1000.0F);
  earlier = later;
  earlier.factor = factor;
  return true;
}
/// A button that was pressed and let go between two frames must be seen, so only equal buttons merge.
bool merge_into(GamepadInput& earlier, const GamepadInput& later) {
  if (earlier.index != later.index || earlier.is_connected != later.is_connected || earlier.buttons != later.buttons)
    return false;
  earlier = later;
  return true;
}
bool merge_into(ViewportInput& earlier, const ViewportInput& later) {
  earlier = later;
  return true;
}

/// Whether events before and after it may be merged across it.
bool is_state(const InputEvent& event) {
  if (const auto* pointer = std::get_if<PointerInput>(&event)) return pointer->action == PointerAction::move;
  return !std::holds_alternative<KeyInput>(event) && !std::holds_alternative<TextInput>(event);
}

/// Whether the scene may miss it: nothing stays down without it.
bool can_be_lost(const InputEvent& event) {
  if (const auto* pointer = std::get_if<PointerInput>(&event))
    return pointer->action != PointerAction::up && pointer->action != PointerAction::cancel;
  if (const auto* key = std::get_if<KeyInput>(&event)) return key->is_down;
  return true;
}

}  // namespace

InputSlot::InputSlot(Metrics& metrics)
    : merged_(metrics.get("input_events_merged_total")),
      lost_(metrics.get("queue_refusals_total", {{"queue", "input"}})),
      lost_messages_(metrics.get("queue_refusals_total", {{"queue", "application-messages"}})) {}

void InputSlot::set_wake(std::function<void()> wake) {
  const std::lock_guard lock(wake_mutex_);
  wake_ = std::move(wake);
}

void InputSlot::add(std::span<const InputEvent> events, const InputBatchId& batch) {
  {
    const std::lock_guard lock(mutex_);
    for (const InputEvent& event : events) {
      if (merge(batch.client, event)) {
        merged_.add();
      } else if (items_.size() < kMostEvents || (!can_be_lost(event) && items_.size() < 2 * kMostEvents)) {
        items_.push_back({batch.client, event});
      } else {
        lost_.add();
      }
    }
    const auto known = std::ranges::find(batches_, batch.client, &InputBatchId::client);
    if (batch.number == 0) {
      // Ends of what a client held, which no batch of the client caused.
    } else if (known != batches_.end()) {
      *known = batch;
    } else if (batches_.size() < kMostEvents) {
      batches_.push_back(batch);
    }
  }
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

void InputSlot::add_message(std::string json) {
  {
    const std::lock_guard lock(mutex_);
    if (messages_.size() >= kMostMessages) {
      messages_.pop_front();
      lost_messages_.add();
    }
    messages_.push_back(std::move(json));
  }
  const std::lock_guard lock(wake_mutex_);
  if (wake_) wake_();
}

PendingInput InputSlot::take() {
  PendingInput taken;
  const std::lock_guard lock(mutex_);
  taken.events.reserve(items_.size());
  for (Item& item : items_) taken.events.push_back(std::move(item.event));
  items_.clear();
  taken.batches = std::exchange(batches_, {});
  return taken;
}

std::vector<std::string> InputSlot::take_messages() {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> taken(std::make_move_iterator(messages_.begin()), std::make_move_iterator(messages_.end()));
  messages_.clear();
  return taken;
}

bool InputSlot::merge(ClientId client, const InputEvent& event) {
  for (auto item = items_.rbegin(); item != items_.rend(); ++item) {
    if (item->client == client &&
        std::visit([](auto& a, const auto& b) { return merge_into(a, b); }, item->event, event))
      return true;
    if (!is_state(item->event)) return false;
  }
  return false;
}

}  // namespace cs
