// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace cs {

// What a person does on the page, as docs/api.md specifies it. Positions are fractions of the picture from its top-left
// corner, 0 to 65535. `modifiers` and `buttons` are bit masks; bit n of `buttons` is button n.

enum class PointerAction : std::uint8_t { move, down, up, cancel, leave };
enum class PointerDevice : std::uint8_t { mouse, pen, touch };

inline constexpr std::uint8_t kNoButton = 255;
inline constexpr std::uint16_t kLastPosition = 65'535;

struct PointerInput {
  PointerAction action = PointerAction::move;
  PointerDevice device = PointerDevice::mouse;
  std::uint8_t id = 0;              ///< 0 for the mouse
  std::uint8_t button = kNoButton;  ///< that went down or up: 0 left, 1 middle, 2 right, 3 back, 4 forward
  std::uint16_t buttons = 0;        ///< down after this event
  std::uint16_t x = 0, y = 0;
  std::uint16_t pressure = 0;
  std::uint8_t modifiers = 0;
  bool operator==(const PointerInput&) const = default;
};
/// Relative motion under pointer lock, in widths and heights of the picture.
struct MotionInput {
  float dx = 0, dy = 0;
  std::uint16_t buttons = 0;
  std::uint8_t modifiers = 0;
  bool operator==(const MotionInput&) const = default;
};
/// CSS pixels; positive dy: towards the person.
struct WheelInput {
  float dx = 0, dy = 0;
  std::uint16_t x = 0, y = 0;
  std::uint8_t modifiers = 0;
  bool operator==(const WheelInput&) const = default;
};
/// Of a touch pad. Two fingers on a screen are two pointers.
struct PinchInput {
  float factor = 1;  ///< above 1: the fingers move apart
  std::uint16_t x = 0, y = 0;
  bool operator==(const PinchInput&) const = default;
};
struct KeyInput {
  bool is_down = false;
  bool is_repeat = false;
  std::uint8_t modifiers = 0;  ///< 1 shift, 2 control, 4 alt, 8 meta, 16 caps lock, 32 num lock
  std::string code = {};       ///< KeyboardEvent.code: 1 to 32 letters and digits
  bool operator==(const KeyInput&) const = default;
};
struct TextInput {
  std::string text;  ///< UTF-8, 1 to 255 bytes
  bool operator==(const TextInput&) const = default;
};
struct GamepadInput {
  std::uint8_t index = 0;
  bool is_connected = false;
  std::vector<std::int16_t> axes = {};     ///< at most 8; -32767 to 32767
  std::vector<std::uint8_t> buttons = {};  ///< at most 32; 0 to 255
  bool operator==(const GamepadInput&) const = default;
};
/// The area in which the client shows the picture.
struct ViewportInput {
  std::uint16_t width = 0, height = 0;  ///< CSS pixels
  float pixel_ratio = 1;                ///< device pixels per CSS pixel
  bool is_visible = true;
  bool operator==(const ViewportInput&) const = default;
};

using InputEvent =
    std::variant<PointerInput, MotionInput, WheelInput, PinchInput, KeyInput, TextInput, GamepadInput, ViewportInput>;

}  // namespace cs
