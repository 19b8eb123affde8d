// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace cs {

/// A kind of input that a scene can want; a bit of InputWish::kinds.
struct InputKind {
  std::uint32_t bit;
  std::string_view name;  ///< in messages to the page
};
inline constexpr std::uint32_t kPointerKind = 1;
inline constexpr std::uint32_t kMotionKind = 2;
inline constexpr std::uint32_t kWheelKind = 4;  ///< wheel and pinch
inline constexpr std::uint32_t kKeyKind = 8;
inline constexpr std::uint32_t kTextKind = 16;
inline constexpr std::uint32_t kGamepadKind = 32;
inline constexpr std::uint32_t kViewportKind = 64;
inline constexpr std::array kInputKinds = {InputKind{kPointerKind, "pointer"},  InputKind{kMotionKind, "motion"},
                                           InputKind{kWheelKind, "wheel"},      InputKind{kKeyKind, "keys"},
                                           InputKind{kTextKind, "text"},        InputKind{kGamepadKind, "gamepad"},
                                           InputKind{kViewportKind, "viewport"}};

/// The input that a scene wants, and what the page shows over it.
struct InputWish {
  std::uint32_t kinds = 0;  ///< bits of kInputKinds; 0: no input
  bool lock = false;        ///< hide the pointer and send relative motion (pointer lock)
  std::string cursor = {};  ///< name of a CSS cursor, such as "grab"; empty: the default
  bool operator==(const InputWish&) const = default;
};

}  // namespace cs
