// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cubestream/frame_format.hpp"
#include "network/ice_servers.hpp"
#include "network/turn_login.hpp"

namespace cs {

/// Creates the JSON of GET /config.json: the ICE servers as RTCIceServer, and the video format. If the TURN credentials
/// are temporary, "ttl" is their lifetime in seconds from `now`. Any thread.
[[nodiscard]] std::string page_config(const IceServers& servers, const FrameFormat& format,
                                      std::chrono::sys_seconds now = wall_second());

/// Creates the values of the header field Link for the ICE servers, as WHEP requires (RFC 9725, section 4.6). Any
/// thread.
[[nodiscard]] std::vector<std::string> ice_links(const IceServers& servers,
                                                 std::chrono::sys_seconds now = wall_second());

/// Returns the URL to open in a browser for a server that listens on `host` and `port`. A server on all addresses is
/// named "localhost". Any thread.
[[nodiscard]] std::string page_address(const std::string& host, int port, const std::string& scheme);

}  // namespace cs
