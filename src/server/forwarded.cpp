// SPDX-License-Identifier: MIT
#include "server/forwarded.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "network/origin.hpp"
#include "network/peer.hpp"

namespace cs {
namespace {

/// Removes the port that some proxies append: "192.0.2.1:4711", "[2001:db8::1]:4711".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) return text.substr(1, std::max(text.find(']'), std::size_t{1}) - 1);
  const auto colon = text.find(':');
  return colon != text.npos && colon == text.rfind(':') ? text.substr(0, colon) : text;
}

}  // namespace

std::string forwarded_for(const HttpRequest& request, const std::string& peer, const std::vector<IpPrefix>& trusted) {
  if (trusted.empty()) return peer;
  const std::string field = request.field("x-forwarded-for");
  auto hops = list_items(field);
  std::string client = peer;
  for (; is_trusted(client, trusted) && !hops.empty(); hops.pop_back()) {
    const auto previous = IpAddress::parse(without_port(hops.back()));
    if (!previous) break;
    client = previous->unmapped().text();
  }
  return client;
}

bool is_from_this_machine(const HttpRequest& request, const std::string& client) {
  for (const char* field : {"forwarded", "via", "x-forwarded-for", "x-real-ip"})
    if (request.has_field(field)) return false;
  const auto host = Authority::parse(request.field("host"));
  return host && is_loopback_host(host->host) && is_loopback_host(client);
}

}  // namespace cs
