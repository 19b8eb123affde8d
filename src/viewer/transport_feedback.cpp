// SPDX-License-Identifier: MIT
#include "viewer/transport_feedback.hpp"

#include <algorithm>

#include <cstddef>

namespace cs {
namespace {

using std::chrono::microseconds;

constexpr std::size_t kHead = 8;
constexpr microseconds kReference{64'000};
constexpr microseconds kDelta{250};

enum Symbol : unsigned { kLost, kSmallDelta, kLargeDelta };

unsigned word(std::span<const std::uint8_t> bytes, std::size_t at) {
  return static_cast<unsigned>(bytes[at]) << 8U | bytes[at + 1];
}

/// Two bytes that tell of some packets (sections 3.1.3 and 3.1.4); not more than `most` of them.
void read_chunk(unsigned chunk, std::size_t most, std::vector<unsigned>& symbols) {
  const bool is_vector = (chunk & 0x8000U) != 0;
  if (!is_vector) {
    const unsigned symbol = chunk >> 13U & 3U;
    for (unsigned i = 0; i < (chunk & 0x1fffU) && symbols.size() < most; ++i) symbols.push_back(symbol);
    return;
  }
  const unsigned bits = (chunk & 0x4000U) != 0 ? 2 : 1;
  for (unsigned i = 0; i < 14 / bits && symbols.size() < most; ++i)
    symbols.push_back(chunk >> (14 - bits * (i + 1)) & ((1U << bits) - 1));
}

}  // namespace

std::vector<Received> read_transport_feedback(std::span<const std::uint8_t> body) {
  std::vector<Received> received;
  if (body.size() < kHead) return received;
  auto sequence = static_cast<std::uint16_t>(word(body, 0));
  const std::size_t count = word(body, 2);
  // Signed, 24 bits; from where it starts again does not matter here.
  microseconds arrival = kReference * static_cast<std::int64_t>(word(body, 4) << 8U | body[6]);

  std::vector<unsigned> symbols;
  symbols.reserve(count);
  std::size_t at = kHead;
  for (; symbols.size() < count; at += 2) {
    const std::size_t before = symbols.size();
    if (at + 2 > body.size()) return received;
    read_chunk(word(body, at), count, symbols);
    if (symbols.size() == before) return received;  // a run of none
  }
  for (const unsigned symbol : symbols) {
    if (symbol == kSmallDelta) {
      if (at + 1 > body.size()) return received;
      arrival += kDelta * body[at];
      at += 1;
    } else if (symbol == kLargeDelta) {
      if (at + 2 > body.size()) return received;
      arrival += kDelta * static_cast<std::int16_t>(word(body, at));
      at += 2;
    }
    if (symbol == kSmallDelta || symbol == kLargeDelta) received.push_back({sequence, arrival});
    ++sequence;
  }
  return received;
}

std::optional<std::uint16_t> transport_number(std::span<const std::uint8_t> packet, int id) {
  constexpr std::size_t kFixed = 12;
  constexpr std::size_t kWord = 4;
  constexpr std::uint8_t kHasExtension = 0x10;
  if (packet.size() < kFixed || (packet[0] & kHasExtension) == 0) return std::nullopt;
  const std::size_t start = kFixed + kWord * (packet[0] & 0x0fU);
  if (packet.size() < start + kWord || packet[start] != 0xbe || packet[start + 1] != 0xde) return std::nullopt;
  const std::size_t end = start + kWord + kWord * static_cast<std::size_t>(packet[start + 2] << 8U | packet[start + 3]);
  for (std::size_t at = start + kWord; at < std::min(end, packet.size());) {
    if (packet[at] == 0) {  // padding
      ++at;
      continue;
    }
    const std::size_t length = (packet[at] & 0x0fU) + 1;
    if (packet[at] >> 4U == id)
      return length == 2 && at + length < packet.size()
                 ? std::optional(static_cast<std::uint16_t>(packet[at + 1] << 8U | packet[at + 2]))
                 : std::nullopt;
    at += 1 + length;
  }
  return std::nullopt;
}

}  // namespace cs
