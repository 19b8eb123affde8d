// SPDX-License-Identifier: MIT
#pragma once

#include <string>
#include <vector>

#include "cubestream/ice_servers.hpp"
#include "cubestream/picture.hpp"

namespace cs {

/// What the page learns from GET /config.json: the ICE servers in a browser's words (RTCIceServer), and the picture.
/// Any thread.
[[nodiscard]] std::string page_config(const IceServers& servers, const PictureFormat& format);

/// The same servers as values of the header field Link, which is how WHEP hands them out (RFC 9725, section 4.6). Any
/// thread.
[[nodiscard]] std::vector<std::string> ice_links(const IceServers& servers);

/// The address to open in a browser, for a server that listens on `host` and `port`; one that listens on all addresses
/// is named "localhost". Any thread.
[[nodiscard]] std::string page_address(const std::string& host, int port, const std::string& scheme);

}  // namespace cs
