// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cs {

// Validation and formatting of values. Pure, any thread.

/// Parses decimal digits only, within the range of int; leading zeros are allowed.
[[nodiscard]] std::optional<int> whole_number(std::string_view text);

/// An IPv4 or IPv6 address without brackets, or a host name (letters, digits, hyphens, dots, underscores).
[[nodiscard]] bool is_host(std::string_view text);

/// The name of a network interface: at most 15 bytes, no blanks and no slashes.
[[nodiscard]] bool is_interface_name(std::string_view text);

/// A user name or password: UTF-8, no control characters, no longer than a user name may be (RFC 8489, 14.3), and no
/// quotation mark at either end.
inline constexpr std::size_t kMaxCredentialBytes = 508;
[[nodiscard]] bool is_credential(std::string_view text);

/// A token that fits into HTTP headers: visible ASCII, no longer than a browser's WebSocket protocol name allows.
inline constexpr std::size_t kMaxTokenBytes = 80;
[[nodiscard]] bool is_token(std::string_view text);

/// Parses a duration such as "90s", "15m", "2h" or "7d": at least a second, at most ten years.
[[nodiscard]] std::optional<std::chrono::seconds> time_span(std::string_view text);

/// What is wrong with a STUN or TURN URI, as a half sentence ("it needs a port, …"); empty: valid.
[[nodiscard]] std::string stun_complaint(std::string_view uri);
[[nodiscard]] std::string turn_complaint(std::string_view uri);

/// The value in quotes for one line of text: cut if long; control characters and invalid UTF-8 are escaped.
[[nodiscard]] std::string in_quotes(std::string_view value);

/// Replaces the text before the last '@' of a URI, which may contain a password.
[[nodiscard]] std::string without_credentials(std::string_view uri);

/// The number of letters to insert, delete, change or swap with their neighbour to turn `a` into `b`.
[[nodiscard]] int spelling_distance(std::string_view a, std::string_view b);

}  // namespace cs
