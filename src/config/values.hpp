// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cs {

// How a value is judged and shown. Pure, any thread.

/// Decimal digits and nothing else, within int; leading zeros are fine.
[[nodiscard]] std::optional<int> whole_number(std::string_view text);

/// An IPv4 or IPv6 address without brackets, or a host name (letters, digits, hyphens, dots, underscores).
[[nodiscard]] bool is_host(std::string_view text);

/// The name of a network interface: at most 15 bytes, neither blanks nor slashes.
[[nodiscard]] bool is_interface_name(std::string_view text);

/// Text a person typed: UTF-8, no control characters, no longer than a user's name may be (RFC 8489, 14.3), and not in
/// quotation marks.
inline constexpr std::size_t kMaxCredentialBytes = 508;
[[nodiscard]] bool is_credential(std::string_view text);

/// What can be sent as a token in HTTP: visible ASCII, and no more of it than the WebSocket of a browser has room for.
inline constexpr std::size_t kMaxTokenBytes = 80;
[[nodiscard]] bool is_token(std::string_view text);

/// "90s", "15m", "2h", "7d": at least a second, at most ten years.
[[nodiscard]] std::optional<std::chrono::seconds> time_span(std::string_view text);

/// What is wrong with a STUN or TURN URI as a half sentence ("it needs a port, …"); empty: nothing.
[[nodiscard]] std::string stun_complaint(std::string_view uri);
[[nodiscard]] std::string turn_complaint(std::string_view uri);

/// The value in quotes for one line of text: cut when huge, control characters and broken UTF-8 escaped.
[[nodiscard]] std::string in_quotes(std::string_view value);

/// A URI without what stands before its last '@', which somebody may have meant as a password.
[[nodiscard]] std::string without_credentials(std::string_view uri);

/// How many letters must be inserted, dropped, changed or swapped with their neighbour to make one of the other.
[[nodiscard]] int spelling_distance(std::string_view a, std::string_view b);

}  // namespace cs
