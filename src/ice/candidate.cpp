// SPDX-License-Identifier: MIT
#include "ice/candidate.hpp"

#include <algorithm>
#include <cstdint>
#include <optional>

#include "base/text.hpp"
#include "network/ip_address.hpp"
#include "sdp/sdp.hpp"

namespace cs {
namespace {

using Reach = IpAddress::Reach;

constexpr std::string_view kPrefix = "candidate:";
constexpr std::size_t kMaxCandidate = 1024;  // bytes; those of browsers have about 200
constexpr std::string_view kLine = "a=";     // prefix of an SDP line

// Field indices of a candidate-attribute (RFC 8839, 5.1).
enum Word : std::size_t { kFoundation, kComponent, kTransport, kPriority, kAddress, kPort, kTyp, kType, kWords };

bool is_foundation(std::string_view text) {
  return !text.empty() && text.size() <= 32 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '+' || c == '/';
  });
}

bool is_name(std::string_view text) {
  return text.find(':') == text.npos &&
         std::any_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
}

/// The fields of a well-formed candidate; empty if malformed.
std::vector<std::string_view> parts(std::string_view text) {
  const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
  if (text.size() > kMaxCandidate || !printable || !text.starts_with(kPrefix)) return {};
  auto found = words(text.substr(kPrefix.size()));
  if (found.size() < kWords || found.size() % 2 != 0 || !is_foundation(found[kFoundation])) return {};
  const std::string transport = lower_case(found[kTransport]);
  if (transport != "udp" && transport != "tcp") return {};
  // Nothing connects to an active TCP candidate, so its port may be 0.
  if (!parse_number<std::uint32_t>(found[kComponent], 1, 256) ||
      !parse_number<std::uint32_t>(found[kPriority], 1, 0x7fffffff) ||
      !parse_number<std::uint32_t>(found[kPort], transport == "tcp" ? 0 : 1, 65535))
    return {};
  static constexpr std::string_view kTypes[] = {"host", "srflx", "prflx", "relay"};
  if (found[kTyp] != "typ" || std::ranges::find(kTypes, found[kType]) == std::end(kTypes)) return {};
  return found;
}

/// Addresses of cloud metadata services, including link-local ones.
bool is_metadata(const IpAddress& address) {
  static constexpr std::string_view kServices[] = {"100.100.100.200", "168.63.129.16", "192.0.0.192", "169.254.169.254",
                                                   "169.254.170.2",   "fd00:ec2::254", "fd20:ce::254"};
  return std::ranges::find(kServices, address.text()) != std::end(kServices);
}

/// As in Chromium: no ports below 1024, except 80 and 443 of public addresses, which relays use to pass firewalls.
bool may_listen(std::string_view port, const IpAddress& address) {
  constexpr std::uint32_t kFirstFree = 1024;
  if (parse_number<std::uint32_t>(port, kFirstFree, 65535)) return true;
  return (port == "80" || port == "443") && address.reach() == Reach::everywhere;
}

/// Whether a TCP candidate is active (RFC 6544, section 4.5).
bool is_active(const std::vector<std::string_view>& words) {
  for (std::size_t i = kWords; i + 1 < words.size(); i += 2)
    if (words[i] == "tcptype") return words[i + 1] == "active";
  return false;
}

}  // namespace

CandidateFlaw flaw_of(std::string_view text, Reach from) {
  if (text.starts_with(kLine)) text.remove_prefix(kLine.size());
  const auto words = parts(text);
  if (words.empty()) return CandidateFlaw::malformed;
  // A scope id is valid only on the machine of the sender.
  const auto scope = words[kAddress].find('%');
  const std::string_view address = words[kAddress].substr(0, scope);
  if (is_name(address)) return CandidateFlaw::hidden;
  const auto parsed = IpAddress::parse(address);
  if (!parsed || parsed->reach() == Reach::nowhere) return CandidateFlaw::malformed;
  const auto embedded = parsed->embedded();
  if (is_metadata(*parsed) || (embedded && is_metadata(*embedded))) return CandidateFlaw::service;
  const bool is_neighbour = from == Reach::link && !parsed->is_ipv6();
  if (parsed->reach() == Reach::link && !is_neighbour) return CandidateFlaw::link_local;
  if (scope != std::string_view::npos) return CandidateFlaw::malformed;
  if (parsed->reach() == Reach::machine && from != Reach::machine) return CandidateFlaw::loopback;
  if (lower_case(words[kTransport]) == "tcp")
    return is_active(words) ? CandidateFlaw::none : CandidateFlaw::passive;  // its port is never used
  return may_listen(words[kPort], *parsed) ? CandidateFlaw::none : CandidateFlaw::service;
}

std::string plain_candidate(std::string_view text) {
  if (text.starts_with(kLine)) text.remove_prefix(kLine.size());
  const auto words = parts(text);
  if (words.empty()) return {};
  const auto address = IpAddress::parse(words[kAddress]);
  const std::string host = address ? address->text() : "";
  std::vector<std::string_view> plain(words.begin(), words.begin() + kWords);
  plain[kAddress] = host;
  const auto value_of = [&](std::string_view name) -> std::string_view {
    for (std::size_t i = kWords; i + 1 < words.size(); i += 2)
      if (words[i] == name) return words[i + 1];
    return {};
  };
  // Not used here, but libnice requires it for some types (RFC 8839, section 5.1).
  const auto related = IpAddress::parse(value_of("raddr"));
  const std::string related_host = related ? related->text() : "";
  const std::string_view related_port = value_of("rport");
  if (related && parse_number<std::uint32_t>(related_port, 0, 65535))
    plain.insert(plain.end(), {"raddr", related_host, "rport", related_port});
  if (lower_case(words[kTransport]) == "tcp" && is_active(words)) plain.insert(plain.end(), {"tcptype", "active"});
  return std::string(kPrefix) + joined(plain, " ");
}

std::string_view words_for(CandidateFlaw flaw) {
  switch (flaw) {
    case CandidateFlaw::none:
      return "valid";
    case CandidateFlaw::hidden:
      return "a host name, which is not resolved";
    case CandidateFlaw::link_local:
      return "a link-local address";
    case CandidateFlaw::loopback:
      return "a loopback address of a client on another machine";
    case CandidateFlaw::service:
      return "a metadata service address or a server port";
    case CandidateFlaw::passive:
      return "passive TCP";
    case CandidateFlaw::malformed:
      return "malformed";
    case CandidateFlaw::surplus:
      return "too many candidates in this session";
  }
  return "";
}

std::vector<std::string> announced(const std::string& text, std::span<const std::string> public_addresses) {
  std::vector<std::string> result = {text};
  const auto words = parts(text);
  if (words.empty() || words[kType] != "host") return result;
  const auto own = IpAddress::parse(words[kAddress]);
  if (!own || own->reach() != Reach::private_network) return result;
  const std::uint32_t priority = parse_number<std::uint32_t>(words[kPriority], 1, 0x7fffffff).value_or(1);
  for (std::uint32_t i = 0; i < public_addresses.size(); ++i) {
    const auto address = IpAddress::parse(public_addresses[i]);
    if (!address || address->is_ipv6() != own->is_ipv6()) continue;
    auto more = words;
    // RFC 8445, 5.1.1.3: another address needs another foundation. Those of libnice are numbers.
    const std::string foundation = std::string(words[kFoundation]) + "p" + std::to_string(i);
    // The lowest byte is 255 for the only component, so lower values are unused and all priorities stay distinct.
    const std::string lower = std::to_string(priority > i + 1 ? priority - (i + 1) : 1);
    more[kFoundation] = foundation;
    more[kPriority] = lower;
    more[kAddress] = public_addresses[i];
    result.push_back(std::string(kPrefix) + joined(more, " "));
  }
  return result;
}

}  // namespace cs
