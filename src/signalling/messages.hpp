// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "control/client_messages.hpp"
#include "cubestream/close_codes.hpp"
#include "cubestream/signalling.hpp"

namespace cs {

// Limits of client messages; a larger message is an error. The JSON library would use 75 MB for 1 MB of "[", and the
// SDP parser has crashed on smaller input.
inline constexpr std::size_t kMaxMessageBytes = 192 * 1024;
inline constexpr int kMaxJsonDepth = 8;
inline constexpr std::size_t kMaxSdpBytes = 128 * 1024;
inline constexpr int kMaxMediaSections = 32;  // each section is compared with each other
inline constexpr std::size_t kMaxCandidateBytes = 1024;
inline constexpr unsigned kMaxMlineIndex = kMaxMediaSections - 1;

/// The error in a client's message, to send to the client. Close code 0: the connection stays open.
struct ProtocolError {
  SendError error;
  std::uint16_t close_code = 0;
  bool is_flood = false;  ///< the message is valid, but the rate limit is exceeded
};

/// A request for the server time. The reply contains the same id.
struct ClockQuestion {
  std::uint64_t id = 0;
};

using ClientMessage = std::variant<ClientOffered, ClientTrickled, ClientWantsStamp, ClockQuestion, ControlWish,
                                   ApplicationMessage, InputMessage, ProtocolError>;

/// Checks the size limits of an SDP before it is parsed. Returns the error, if any. Any thread.
[[nodiscard]] std::optional<SendError> complaint_about_sdp(std::string_view sdp);

/// Parses one complete message. Never throws because of the content. Any thread.
[[nodiscard]] ClientMessage parse_client_message(std::string_view text);

// Serialises server messages as JSON. Any thread.
[[nodiscard]] std::string to_json(const SendAnswer& answer);
[[nodiscard]] std::string to_json(const SendCandidate& trickle);
[[nodiscard]] std::string to_json(const SendNetwork& network);
[[nodiscard]] std::string to_json(const SendError& error);

/// Serialises SceneState::notice. Any thread.
[[nodiscard]] std::string notice_json(std::string_view notice);

/// Creates the reply to a request for the server time, with the current time.
[[nodiscard]] std::string tell_time(const ClockQuestion& question);

/// The error for a message of more than kMaxMessageBytes. The server does not collect such a message.
[[nodiscard]] ProtocolError message_too_large();

/// The errors for exceeded rate limits.
[[nodiscard]] ProtocolError too_many_messages();
[[nodiscard]] ProtocolError too_many_offers();

/// The errors for input: a malformed message, with the sentence of BadInput, and too much of it.
[[nodiscard]] ProtocolError bad_input(std::string sentence);
[[nodiscard]] ProtocolError too_much_input();

}  // namespace cs
