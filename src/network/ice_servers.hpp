// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace cs {

/// The STUN and TURN servers that the server and the viewers use, as configured; empty: none.
struct IceServers {
  std::string stun;       ///< stun://host:port
  std::string turn;       ///< turn://host:port or turns://host:port, optionally ?transport=udp|tcp
  std::string turn_user;  ///< not percent-encoded
  std::string turn_pass;  ///< not percent-encoded
  /// Secret shared with the TURN server, instead of user and password: each viewer gets temporary credentials derived
  /// from it.
  std::string turn_secret = {};
};

}  // namespace cs
