// SPDX-License-Identifier: MIT
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "network/ip_address.hpp"

namespace cs {

/// Reasons why a remote candidate is ignored.
enum class CandidateFlaw {
  none,
  hidden,      ///< a host name instead of an address, usually mDNS (.local)
  link_local,  ///< reachable only on its own link; for IPv6 the link is unknown
  loopback,    ///< loopback address of a client on another machine
  service,     ///< a cloud metadata service, or a port where servers listen
  passive,     ///< passive TCP: browsers do not offer it, and this server does not connect
  malformed,   ///< not a candidate-attribute of RFC 8839, or not a unicast address
  surplus      ///< exceeds the limit per session
};
inline constexpr CandidateFlaw kCandidateFlaws[] = {
    CandidateFlaw::hidden,  CandidateFlaw::link_local, CandidateFlaw::loopback, CandidateFlaw::service,
    CandidateFlaw::passive, CandidateFlaw::malformed,  CandidateFlaw::surplus};

/// Checks a remote candidate. `text` is "candidate:…", with or without "a=". `from` is the reach of the client's
/// signalling address: loopback and link-local candidates are accepted only from there. The server sends packets to the
/// address of a candidate, so addresses that cannot belong to a viewer are rejected. Accepts any input. Pure.
[[nodiscard]] CandidateFlaw flaw_of(std::string_view text, IpAddress::Reach from = IpAddress::Reach::everywhere);

/// Normalizes a valid candidate: fields separated by one blank, the address in inet_ntop format, and each known
/// extension once. Without this, libnice could read another address than flaw_of(), for example a loopback address,
/// because it splits at each blank and uses the last of repeated fields. Pure.
[[nodiscard]] std::string plain_candidate(std::string_view text);

/// Description for the log.
[[nodiscard]] std::string_view words_for(CandidateFlaw flaw);

/// The candidates to announce for a local candidate: the candidate itself and, for a host candidate with a private
/// address, one for each public address of the same family. Those have the same port and a slightly lower priority, so
/// that clients prefer the direct path. The private candidate is kept, because routers without NAT hairpinning would
/// cut off viewers in the same network. `public_addresses` must be IP addresses. Pure.
[[nodiscard]] std::vector<std::string> announced(const std::string& text,
                                                 std::span<const std::string> public_addresses);

}  // namespace cs
