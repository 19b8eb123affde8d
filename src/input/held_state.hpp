// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "cubestream/input.hpp"
#include "input/message.hpp"

namespace cs {

/// What one client holds down: buttons, touches, keys, gamepads. It lets through only events that fit, such as no "up"
/// without its "down", and can end everything that is held. So a scene never sees a key or button that stays down.
/// Pure; one thread.
class HeldState {
 public:
  /// More keys, or more pens and touches, are not taken.
  static constexpr std::size_t kMostKeys = 32;
  static constexpr std::size_t kMostPointers = 16;

  /// Appends what the scene may see of an event: the event, or nothing, or for the heartbeat the ends of what is held
  /// no longer.
  void take(const ClientInput& input, std::vector<InputEvent>& to);

  /// Appends the ends of all that is held: `cancel` for pointers, "up" for keys, gamepads at rest. Holds nothing then.
  void release(std::vector<InputEvent>& to);

  /// Whether a button, pen, touch or key is down.
  [[nodiscard]] bool is_holding() const { return mouse_.buttons != 0 || !pointers_.empty() || !keys_.empty(); }

 private:
  using PointerKey = std::pair<PointerDevice, std::uint8_t>;

  [[nodiscard]] bool fits(const PointerInput& event);
  [[nodiscard]] bool fits_mouse(const PointerInput& event);
  void end_lost_buttons(const PointerInput& event, std::vector<InputEvent>& to);
  [[nodiscard]] bool fits(const KeyInput& event);
  [[nodiscard]] bool fits(const GamepadInput& event);
  template <typename Other>
  [[nodiscard]] bool fits(const Other& /*event*/) {
    return true;
  }
  void reconcile(const HeldInput& held, std::vector<InputEvent>& to);
  static void cancel(PointerInput pointer, std::vector<InputEvent>& to);

  PointerInput mouse_;                           // its latest event
  std::map<PointerKey, PointerInput> pointers_;  // pens and touches that are down
  std::map<std::string, std::uint8_t> keys_;     // code and modifiers of those that are down
  std::array<GamepadInput, 4> pads_ = {};
};

}  // namespace cs
