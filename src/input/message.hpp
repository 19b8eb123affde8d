// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "cubestream/input.hpp"

namespace cs {

// The binary messages of input, as docs/api.md specifies them. Clients are not trusted: every field is checked.

inline constexpr std::size_t kMaxInputMessage = 16 * 1024;
inline constexpr std::size_t kMaxInputEvents = 512;  // of one batch

/// Everything that the client holds is released.
struct ReleaseAllInput {
  bool operator==(const ReleaseAllInput&) const = default;
};
/// The heartbeat: what the client holds; everything else is released.
struct HeldInput {
  std::uint16_t buttons = 0;                ///< of the mouse
  std::vector<std::uint8_t> pointers = {};  ///< pens and touches
  std::vector<std::string> keys = {};
  bool operator==(const HeldInput&) const = default;
};
using ClientInput = std::variant<InputEvent, ReleaseAllInput, HeldInput>;

struct ClientBatch {
  std::uint32_t number = 0;
  double time = 0;  ///< by the client's clock, in ms
  std::vector<ClientInput> events;
};

/// Why a message is refused: a sentence for the client.
struct BadInput {
  std::string sentence;
};

/// Parses a message of a client. Accepts any bytes. Skips events of unknown kinds, and unknown fields at the end of
/// others. Pure.
[[nodiscard]] std::variant<ClientBatch, BadInput> parse_input_batch(std::span<const std::byte> message);

/// Appends an event, as {kind, size, fields}. Pure.
void write_input_event(const InputEvent& event, std::vector<std::byte>& to);

}  // namespace cs
