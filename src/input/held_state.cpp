// SPDX-License-Identifier: MIT
#include "input/held_state.hpp"

#include <algorithm>

namespace cs {

void HeldState::take(const ClientInput& input, std::vector<InputEvent>& to) {
  if (std::holds_alternative<ReleaseAllInput>(input)) return release(to);
  if (const auto* held = std::get_if<HeldInput>(&input)) return reconcile(*held, to);
  const auto& event = std::get<InputEvent>(input);
  if (const auto* pointer = std::get_if<PointerInput>(&event)) end_lost_buttons(*pointer, to);
  if (std::visit([this](const auto& each) { return fits(each); }, event)) to.push_back(event);
}

bool HeldState::fits(const PointerInput& event) {
  if (event.device == PointerDevice::mouse) return fits_mouse(event);
  const PointerKey key(event.device, event.id);
  const auto found = pointers_.find(key);
  switch (event.action) {
    case PointerAction::down:
      if (found == pointers_.end() && pointers_.size() >= kMostPointers) return false;
      pointers_[key] = event;
      return true;
    case PointerAction::up:
    case PointerAction::cancel:
      if (found == pointers_.end()) return false;
      // A pen can have several buttons.
      if (event.action == PointerAction::up && event.buttons != 0)
        found->second = event;
      else
        pointers_.erase(found);
      return true;
    case PointerAction::move:
      if (found != pointers_.end()) found->second = event;
      return found != pointers_.end() || event.device == PointerDevice::pen;  // a pen hovers
    case PointerAction::leave:
      return found == pointers_.end();
  }
  return false;
}

bool HeldState::fits_mouse(const PointerInput& event) {
  const bool ends = event.action == PointerAction::up || event.action == PointerAction::cancel;
  if (ends && mouse_.buttons == 0) return false;
  // A button that goes down must be among those that are down, or its end would be missed.
  if (event.action == PointerAction::down && (event.button == kNoButton || (event.buttons >> event.button & 1U) == 0))
    return false;
  mouse_ = event;
  if (event.action == PointerAction::cancel) mouse_.buttons = 0;
  return true;
}

/// The mouse has buttons no longer whose end did not come.
void HeldState::end_lost_buttons(const PointerInput& event, std::vector<InputEvent>& to) {
  if (event.device != PointerDevice::mouse || event.action == PointerAction::cancel) return;
  unsigned lost = mouse_.buttons & ~static_cast<unsigned>(event.buttons);
  if (event.action == PointerAction::up && event.button != kNoButton) lost &= ~(1U << event.button);
  if (lost == 0) return;
  cancel(mouse_, to);
  mouse_.buttons = 0;
}

bool HeldState::fits(const KeyInput& event) {
  if (!event.is_down) return keys_.erase(event.code) > 0;
  const auto found = keys_.find(event.code);
  if (found == keys_.end() && keys_.size() >= kMostKeys) return false;
  keys_[event.code] = event.modifiers;
  return true;
}

bool HeldState::fits(const GamepadInput& event) {
  GamepadInput& pad = pads_.at(event.index);
  if (pad == event) return false;
  pad = event;
  return true;
}

void HeldState::reconcile(const HeldInput& held, std::vector<InputEvent>& to) {
  if ((mouse_.buttons & held.buttons) != mouse_.buttons) {
    cancel(mouse_, to);
    mouse_.buttons = 0;
  }
  for (auto each = pointers_.begin(); each != pointers_.end();) {
    const bool is_held = std::ranges::find(held.pointers, each->second.id) != held.pointers.end();
    if (!is_held) cancel(each->second, to);
    each = is_held ? std::next(each) : pointers_.erase(each);
  }
  for (auto each = keys_.begin(); each != keys_.end();) {
    const bool is_held = std::ranges::find(held.keys, each->first) != held.keys.end();
    if (!is_held) to.emplace_back(KeyInput{.code = each->first});
    each = is_held ? std::next(each) : keys_.erase(each);
  }
}

void HeldState::release(std::vector<InputEvent>& to) {
  reconcile({}, to);
  for (GamepadInput& pad : pads_) {
    if (!pad.is_connected) continue;
    pad = {.index = pad.index};
    to.emplace_back(pad);
  }
}

void HeldState::cancel(PointerInput pointer, std::vector<InputEvent>& to) {
  pointer.action = PointerAction::cancel;
  pointer.button = kNoButton;
  pointer.buttons = 0;
  pointer.pressure = 0;
  to.emplace_back(pointer);
}

}  // namespace cs
