// SPDX-License-Identifier: MIT
#include "config/values.hpp"

#include <glib.h>
#include <net/if.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <vector>

#include "base/text.hpp"
#include "network/ip_address.hpp"

namespace cs {
namespace {

constexpr std::size_t kMaxHostName = 253;  // RFC 1035
constexpr std::size_t kMaxQuoted = 64;     // bytes of a value quoted in an error

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

bool is_letter_or_digit(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_host_name(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);  // the dot of the DNS root
  std::string_view label;
  for (std::size_t start = 0; start <= text.size(); start += label.size() + 1) {
    label = text.substr(start, text.find('.', start) - start);
    if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-') return false;
    if (!std::all_of(label.begin(), label.end(), [](char c) { return is_letter_or_digit(c) || c == '-' || c == '_'; }))
      return false;
  }
  // A last label of digits only is a mistyped address, such as 10.0.0.256.
  return !std::all_of(label.begin(), label.end(), is_digit);
}

/// Checks the part between "scheme://" and the query: host:port, with an IPv6 host in brackets.
std::string authority_complaint(std::string_view text) {
  if (text.find('@') != text.npos) return "set the user and the password in CS_TURN_USER and CS_TURN_PASS";
  const auto colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) {
    const auto address = IpAddress::parse(host.substr(1, host.size() - 2));
    if (!address || !address->is_ipv6()) return "the text in brackets is not an IPv6 address";
  } else if (host.find(':') != host.npos || host.find('[') != host.npos) {
    return "it needs a port, and an IPv6 address must be in brackets: [::1]:3478";
  } else if (!is_host(host)) {
    return "its host is neither an address nor a host name";
  }
  if (colon == text.npos) return "it needs a port, usually 3478";
  const auto port = whole_number(text.substr(colon + 1));
  if (!port || *port < 1 || *port > 65535) return "its port is not a whole number from 1 to 65535";
  return "";
}

}  // namespace

std::optional<int> whole_number(std::string_view text) {
  const auto number = parse_number<unsigned>(text, 0, std::numeric_limits<int>::max());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

bool is_host(std::string_view text) {
  if (text.empty() || text.size() > kMaxHostName) return false;
  return IpAddress::parse(text) || is_host_name(text);
}

bool is_interface_name(std::string_view text) {
  return !text.empty() && text.size() < IF_NAMESIZE &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~' && c != '/'; });
}

bool is_credential(std::string_view text) {
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  // libnice strips quotation marks from both ends, and loops forever if there is nothing else.
  if (text.starts_with('"') || text.ends_with('"')) return false;
  return text.size() <= kMaxCredentialBytes &&
         g_utf8_validate(text.data(), static_cast<gssize>(text.size()), nullptr) &&
         std::none_of(text.begin(), text.end(), is_control);
}

bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= kMaxTokenBytes &&
         std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

std::optional<std::chrono::seconds> time_span(std::string_view text) {
  constexpr std::pair<char, std::int64_t> kUnits[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  constexpr std::int64_t kLongest = std::int64_t{3650} * 86400;
  if (text.empty()) return std::nullopt;
  for (const auto& [letter, unit] : kUnits) {
    if (text.back() != letter) continue;
    const auto count = whole_number(text.substr(0, text.size() - 1));
    if (!count || *count < 1 || *count > kLongest / unit) return std::nullopt;
    return std::chrono::seconds(*count * unit);
  }
  return std::nullopt;
}

std::string stun_complaint(std::string_view uri) {
  constexpr std::string_view scheme = "stun://";
  if (!uri.starts_with(scheme)) return "it does not begin with stun://";
  return authority_complaint(uri.substr(scheme.size()));
}

std::string turn_complaint(std::string_view uri) {
  const bool tls = uri.starts_with("turns://");
  if (!tls && !uri.starts_with("turn://")) return "it begins with neither turn:// nor turns://";
  uri.remove_prefix(tls ? 8 : 7);
  const auto mark = std::min(uri.find('?'), uri.size());
  if (std::string complaint = authority_complaint(uri.substr(0, mark)); !complaint.empty()) return complaint;
  const std::string_view query = uri.substr(mark);
  if (tls && query == "?transport=udp") return "turns:// runs over TCP only";
  if (!query.empty() && query != "?transport=udp" && query != "?transport=tcp")
    return "after the ? only transport=udp or transport=tcp is allowed";
  return "";
}

std::string in_quotes(std::string_view value) {
  std::string result = "\"";
  std::string_view rest = value;
  while (!rest.empty() && value.size() - rest.size() < kMaxQuoted) {
    const gunichar letter = g_utf8_get_char_validated(rest.data(), static_cast<gssize>(rest.size()));
    const bool broken = letter >= 0xfffffffeU || letter == 0;
    const auto length = broken ? 1 : static_cast<std::size_t>(g_utf8_skip[static_cast<unsigned char>(rest.front())]);
    if (rest.front() == '"' || rest.front() == '\\') result += '\\';
    if (broken || !g_unichar_isprint(letter)) {
      for (const char c : rest.substr(0, length)) {
        std::array<char, 5> escape{};
        std::snprintf(escape.data(), escape.size(), "\\x%02x", static_cast<unsigned>(static_cast<unsigned char>(c)));
        result += escape.data();
      }
    } else {
      result += rest.substr(0, length);
    }
    rest.remove_prefix(length);
  }
  result += '"';
  if (!rest.empty()) result += "… (" + std::to_string(value.size()) + " bytes)";
  return result;
}

std::string without_credentials(std::string_view uri) {
  const auto at = uri.rfind('@');
  if (at == uri.npos) return std::string(uri);
  const auto scheme = uri.find("://");
  const auto keep = scheme != uri.npos && scheme < at ? scheme + 3 : 0;
  return std::string(uri.substr(0, keep)) + "…" + std::string(uri.substr(at));
}

int spelling_distance(std::string_view a, std::string_view b) {
  // Three rows of the optimal string alignment table: the current one, the last, and the one before.
  std::vector<int> before(b.size() + 1);
  std::vector<int> last(b.size() + 1);
  std::vector<int> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) row[j] = std::min(row[j], before[j - 2] + 1);
    }
  }
  return row[b.size()];
}

}  // namespace cs
