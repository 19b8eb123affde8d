// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "cubestream/signalling.hpp"

namespace cs {

// What a client may send; more is an error. The library that reads JSON would take 75 MB for 1 MB of "[", and what
// reads SDP has crashed on less.
inline constexpr std::size_t kMaxMessageBytes = 192 * 1024;
inline constexpr int kMaxJsonDepth = 8;
inline constexpr std::size_t kMaxSdpBytes = 128 * 1024;
inline constexpr int kMaxMediaSections = 32;  // each of an offer is compared with each
inline constexpr std::size_t kMaxCandidateBytes = 1024;
inline constexpr unsigned kMaxMlineIndex = kMaxMediaSections - 1;

/// Close codes of RFC 6455, section 7.4.1, and its registry.
enum CloseCode : std::uint16_t {
  kNormalClosure = 1000,
  kGoingAway = 1001,
  kUnacceptableData = 1003,
  kPolicyViolation = 1008,
  kMessageTooBig = 1009,
  kTryAgainLater = 1013
};

/// What was wrong with a client's message, for the client. Code 0: the connection goes on.
struct ProtocolError {
  SendError error;
  std::uint16_t close_code = 0;
  bool is_flood = false;  ///< nothing is wrong with it but that there are so many
};

/// "What time is it there?" The number comes back with the answer.
struct ClockQuestion {
  std::uint64_t id = 0;
};

using ClientMessage = std::variant<ClientOffered, ClientTrickled, ClientWantsStamp, ClockQuestion, ProtocolError>;

/// What is wrong with an offer's SDP before anybody looks closer, or nothing. Any thread.
[[nodiscard]] std::optional<SendError> complaint_about_sdp(std::string_view sdp);

/// Reads one whole message. Never throws for what is in it. Any thread.
[[nodiscard]] ClientMessage parse_client_message(std::string_view text);

// What the server says, as JSON. Any thread.
[[nodiscard]] std::string to_json(const SendAnswer& answer);
[[nodiscard]] std::string to_json(const SendCandidate& trickle);
[[nodiscard]] std::string to_json(const SendNetwork& network);
[[nodiscard]] std::string to_json(const SendError& error);

/// The answer to a question for the time, which it is now.
[[nodiscard]] std::string tell_time(const ClockQuestion& question);

/// The complaint about a message of more than kMaxMessageBytes, which is not even collected.
[[nodiscard]] ProtocolError message_too_large();

/// The complaints about more of them than a connection may send.
[[nodiscard]] ProtocolError too_many_messages();
[[nodiscard]] ProtocolError too_many_offers();

/// The complaint about a binary frame.
[[nodiscard]] ProtocolError message_is_binary();

}  // namespace cs
