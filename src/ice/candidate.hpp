// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip_address.hpp"

namespace cs {

/// What can be wrong with a candidate of the other side.
enum class CandidateFlaw {
  none,
  hidden,      ///< a name instead of an address: .local (mDNS), which only its own network can resolve
  link_local,  ///< reached on its own link alone, and IPv6 says not even on which
  loopback,    ///< of this machine, where its sender is not
  service,     ///< where a cloud keeps its secrets, or a port where servers listen
  passive,     ///< TCP that waits to be called: no browser does, and we call nobody
  malformed,   ///< no candidate-attribute of RFC 8839, or no host's address
  surplus      ///< one more than a session may have
};
inline constexpr CandidateFlaw kCandidateFlaws[] = {
    CandidateFlaw::hidden,  CandidateFlaw::link_local, CandidateFlaw::loopback, CandidateFlaw::service,
    CandidateFlaw::passive, CandidateFlaw::malformed,  CandidateFlaw::surplus};

/// `text` is "candidate:…", with or without "a="; `from` is where its sender's signalling comes from: what only this
/// machine or this link can reach is taken from who is there. A candidate makes us send packets to whatever it names,
/// so that it may name nothing that is no viewer's. Takes any bytes. Pure.
[[nodiscard]] CandidateFlaw flaw_of(std::string_view text, IpAddress::Reach from = IpAddress::Reach::everywhere);

/// One whose flaw is none, written so that nobody can read anything else out of it: its words a single blank apart, its
/// address as inet_ntop writes it, and after its type what is known to follow, once. (libnice splits at each blank and
/// goes by the last of several; it took loopback addresses out of what was judged to name others.) Pure.
[[nodiscard]] std::string plain_candidate(std::string_view text);

/// In words, for the log.
[[nodiscard]] std::string_view words_for(CandidateFlaw flaw);

/// What is announced of a candidate of our own: itself, and behind a host candidate with a private address one more for
/// each public address of its family, of the same port and a little lower priority, so that who can takes the direct
/// way. (Instead of the private one would cut off the viewers of the same network wherever the router does not turn
/// packets around.) `public_addresses` are addresses. Pure.
[[nodiscard]] std::vector<std::string> announced(const std::string& text,
                                                 std::span<const std::string> public_addresses);

}  // namespace cs
