// SPDX-License-Identifier: MIT
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "cubestream/frame_format.hpp"
#include "cubestream/ice_servers.hpp"
#include "network/turn_login.hpp"

namespace cs {

/// What the page learns from GET /config.json: the ICE servers in a browser's words (RTCIceServer), and the picture;
/// where user and password are made for whoever asks, "ttl" says how many seconds they are good from `now` on. Any
/// thread.
[[nodiscard]] std::string page_config(const IceServers& servers, const FrameFormat& format,
                                      std::chrono::sys_seconds now = wall_second());

/// The same servers as values of the header field Link, which is how WHEP hands them out (RFC 9725, section 4.6). Any
/// thread.
[[nodiscard]] std::vector<std::string> ice_links(const IceServers& servers,
                                                 std::chrono::sys_seconds now = wall_second());

/// The address to open in a browser, for a server that listens on `host` and `port`; one that listens on all addresses
/// is named "localhost". Any thread.
[[nodiscard]] std::string page_address(const std::string& host, int port, const std::string& scheme);

}  // namespace cs
