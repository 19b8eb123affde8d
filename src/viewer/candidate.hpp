// SPDX-License-Identifier: MIT
#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cs {

/// What can be wrong with a candidate of the other side.
enum class CandidateFlaw {
  none,
  hidden,      ///< a name instead of an address: .local (mDNS), which only its own network can resolve
  link_local,  ///< reached on its own link alone, and IPv6 says not even on which
  malformed    ///< no candidate-attribute of RFC 8839, or no host's address
};

/// `text` is "candidate:…", with or without "a=". Takes any bytes. Pure.
[[nodiscard]] CandidateFlaw flaw_of(std::string_view text);

/// In words, for the log.
[[nodiscard]] std::string_view words_for(CandidateFlaw flaw);

/// The session description without the candidates that have a flaw; `dropped` is called for each. Takes any bytes.
/// Pure.
[[nodiscard]] std::string without_flawed(std::string_view sdp,
                                         const std::function<void(std::string_view text, CandidateFlaw)>& dropped);

/// What is announced of a candidate of our own: itself, and behind a host candidate with a private address one more for
/// each public address of its family, of the same port and a little lower priority, so that who can takes the direct
/// way. (Instead of the private one would cut off the viewers of the same network wherever the router does not turn
/// packets around.) `public_addresses` are addresses. Pure.
[[nodiscard]] std::vector<std::string> announced(const std::string& text,
                                                 std::span<const std::string> public_addresses);

}  // namespace cs
