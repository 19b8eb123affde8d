// SPDX-License-Identifier: MIT
#include "network/origin.hpp"

#include <algorithm>
#include <cstdint>

#include "base/text.hpp"
#include "network/ip_address.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxHost = 253;

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Whether `text` is a lower-case host name or an IPv4 address.
bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= kMaxHost && std::ranges::all_of(text, [](char c) {
    return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
  });
}

}  // namespace

std::optional<Authority> Authority::parse(std::string_view text) {
  Authority result;
  std::string_view rest;
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    if (end == text.npos) return std::nullopt;
    const auto address = IpAddress::parse(text.substr(1, end - 1));
    if (!address || !address->is_ipv6()) return std::nullopt;
    result.host = "[" + address->text() + "]";
    rest = text.substr(end + 1);
  } else {
    const auto colon = std::min(text.find(':'), text.size());
    result.host = lower_case(text.substr(0, colon));
    if (!is_name(result.host)) return std::nullopt;
    rest = text.substr(colon);
  }
  if (rest.empty()) return result;
  if (rest.front() != ':') return std::nullopt;
  if (rest.size() <= 6) result.port = parse_number<std::uint16_t>(rest.substr(1));
  return result.port ? std::optional(std::move(result)) : std::nullopt;
}

std::optional<Origin> Origin::parse(std::string_view text) {
  const auto end = text.find("://");
  if (end == text.npos) return std::nullopt;
  Origin result{.scheme = lower_case(text.substr(0, end)), .host = {}};
  if (result.scheme.empty() || result.scheme.size() > 32 || !is_letter(result.scheme.front()) ||
      !std::ranges::all_of(result.scheme,
                           [](char c) { return is_letter(c) || is_digit(c) || c == '+' || c == '-' || c == '.'; }))
    return std::nullopt;
  auto authority = Authority::parse(text.substr(end + 3));
  if (!authority) return std::nullopt;
  result.host = std::move(authority->host);
  result.port = authority->port.value_or(usual_port(result.scheme));
  return result;
}

int usual_port(std::string_view scheme) {
  return scheme == "http" ? 80 : scheme == "https" ? 443 : 0;
}

bool is_loopback_host(std::string_view host) {
  if (host == "localhost") return true;
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  const auto address = IpAddress::parse(host);
  return address && address->reach() == IpAddress::Reach::machine;
}

}  // namespace cs
