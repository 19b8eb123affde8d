// SPDX-License-Identifier: MIT
#include "signalling/page_config.hpp"

#include <nlohmann/json.hpp>

namespace cs {
namespace {

using Json = nlohmann::ordered_json;

/// Removes the "//" of a URI. Browsers follow RFC 7064 and 7065, which have no "//"; GStreamer and the settings use it.
std::string browser_uri(const std::string& uri) {
  const auto slashes = uri.find("://");
  return slashes == uri.npos ? uri : uri.substr(0, slashes + 1) + uri.substr(slashes + 3);
}

/// Quotes a string (RFC 9110, section 5.6.4).
std::string quoted(const std::string& text) {
  std::string result = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') result += '\\';
    result += c;
  }
  return result + '"';
}

}  // namespace

std::string page_config(const IceServers& all, const FrameFormat& format, std::chrono::sys_seconds now) {
  const IceServers servers = servers_for_one(all, now);
  Json ice = Json::array();
  if (!servers.stun.empty()) ice.push_back({{"urls", Json::array({browser_uri(servers.stun)})}});
  if (!servers.turn.empty())
    ice.push_back({{"urls", Json::array({browser_uri(servers.turn)})},
                   {"username", servers.turn_user},
                   {"credential", servers.turn_pass}});
  Json config = {
      {"iceServers", ice}, {"width", format.size.width}, {"height", format.size.height}, {"fps", format.fps}};
  if (!servers.turn.empty() && !all.turn_secret.empty()) config["ttl"] = std::chrono::seconds(kTurnLoginLasts).count();
  return config.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<std::string> ice_links(const IceServers& all, std::chrono::sys_seconds now) {
  const IceServers servers = servers_for_one(all, now);
  std::vector<std::string> links;
  if (!servers.stun.empty()) links.push_back("<" + browser_uri(servers.stun) + ">; rel=\"ice-server\"");
  if (!servers.turn.empty())
    links.push_back("<" + browser_uri(servers.turn) + ">; rel=\"ice-server\"; username=" + quoted(servers.turn_user) +
                    "; credential=" + quoted(servers.turn_pass) + "; credential-type=\"password\"");
  return links;
}

std::string page_address(const std::string& host, int port, const std::string& scheme) {
  const bool everywhere = host == "0.0.0.0" || host == "::";
  const bool ipv6 = host.find(':') != host.npos;
  const std::string name = everywhere ? "localhost" : ipv6 ? "[" + host + "]" : host;
  return scheme + "://" + name + ":" + std::to_string(port) + "/";
}

}  // namespace cs
