// SPDX-License-Identifier: MIT
#include "congestion/transport_feedback.hpp"

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

/// Calls `on_run(symbol, packets)` for each run of packets with the same symbol, `count` packets in all (sections 3.1.3
/// and 3.1.4). Returns the offset of the end of the chunks in `body`; none: malformed or incomplete.
template <typename F>
std::optional<std::size_t> for_each_run(std::span<const std::uint8_t> body, std::size_t count, F on_run) {
  std::size_t at = kHead;
  for (std::size_t left = count; left > 0; at += 2) {
    if (at + 2 > body.size()) return std::nullopt;
    const unsigned chunk = word(body, at);
    if ((chunk & 0x8000U) == 0) {
      const std::size_t length = std::min<std::size_t>(chunk & 0x1fffU, left);
      if (length == 0) return std::nullopt;
      on_run(chunk >> 13U & 3U, length);
      left -= length;
      continue;
    }
    const unsigned bits = (chunk & 0x4000U) != 0 ? 2 : 1;
    for (unsigned i = 0; i < 14 / bits && left > 0; ++i, --left)
      on_run(chunk >> (14 - bits * (i + 1)) & ((1U << bits) - 1), 1);
  }
  return at;
}

}  // namespace

TransportFeedback read_transport_feedback(std::span<const std::uint8_t> body) {
  TransportFeedback feedback;
  if (body.size() < kHead) return feedback;
  feedback.first = static_cast<std::uint16_t>(word(body, 0));
  feedback.count = static_cast<std::uint16_t>(word(body, 2));
  // Signed, 24 bits; the sign does not matter, because only differences are used.
  microseconds arrival = kReference * static_cast<std::int64_t>(word(body, 4) << 8U | body[6]);

  const auto deltas = for_each_run(body, feedback.count, [](unsigned /*symbol*/, std::size_t /*packets*/) {});
  if (!deltas) return feedback;
  std::span<const std::uint8_t> left = body.subspan(*deltas);
  std::uint16_t sequence = feedback.first;
  bool is_complete = true;
  for_each_run(body, feedback.count, [&](unsigned symbol, std::size_t packets) {
    const std::size_t bytes = symbol == kSmallDelta ? 1 : symbol == kLargeDelta ? 2 : 0;
    if (bytes > 0) {
      for (std::size_t i = 0; i < packets && is_complete; ++i) {
        is_complete = left.size() >= bytes;
        if (!is_complete) break;
        arrival += kDelta * (bytes == 1 ? left[0] : static_cast<std::int16_t>(word(left, 0)));
        left = left.subspan(bytes);
        feedback.received.push_back({static_cast<std::uint16_t>(sequence + i), arrival});
      }
    }
    sequence = static_cast<std::uint16_t>(sequence + packets);
  });
  return feedback;
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
