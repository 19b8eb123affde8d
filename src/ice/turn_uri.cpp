// SPDX-License-Identifier: MIT
#include "ice/turn_uri.hpp"

#include <string_view>

namespace cs {
namespace {

/// Encodes all characters except the unreserved ones of RFC 3986 as %XX: webrtcbin misinterprets a bare '@' or ':' and
/// rejects some others.
std::string percent_encoded(std::string_view text) {
  constexpr std::string_view hex = "0123456789ABCDEF";
  constexpr std::string_view unreserved = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
  std::string result;
  for (const char c : text) {
    if (unreserved.find(c) != unreserved.npos) {
      result += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      result += {'%', hex[byte >> 4U], hex[byte & 0xfU]};
    }
  }
  return result;
}

}  // namespace

std::string turn_uri(const IceServers& servers) {
  constexpr std::string_view mark = "://";
  const auto scheme = servers.turn.find(mark);
  if (scheme == std::string::npos) return "";
  const auto host = scheme + mark.size();
  return servers.turn.substr(0, host) + percent_encoded(servers.turn_user) + ":" + percent_encoded(servers.turn_pass) +
         "@" + servers.turn.substr(host);
}

}  // namespace cs
